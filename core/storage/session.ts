/**
 * Settings of a connection to PostgreSQL that searches, as the `options` of node-postgres. Compiling a statement (jit) costs
 * more than any of ours takes; disks are not slow at random places any more, and a planner that thinks so passes by the
 * vector index of a smaller knowledge base; a wider look into that index brings recall@10 from 0.98 to over 0.99.
 */
export const SEARCH_SESSION = '-c jit=off -c random_page_cost=1.1 -c hnsw.ef_search=60';
