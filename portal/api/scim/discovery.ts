import { notFound } from '../../../core/errors.ts';
import { sendList } from './asked.ts';
import type { Asked, ScimRoute } from './router.ts';
import { resourceTypes, schemas, serviceProviderConfig } from './schemas.ts';

type Described = Readonly<Record<string, unknown>>;

const all =
  (found: (base: string) => Described[]) =>
  (asked: Asked): void => {
    const resources = found(asked.base);
    // Not by what a client wants of users: a description is whole or nothing.
    sendList({ ...asked, query: {} }, { total: resources.length, skip: 0, resources });
  };

const one =
  (found: (base: string) => Described[]) =>
  ({ base, request, response }: Asked): void => {
    const name = request.params['name'];
    const described = found(base).find(({ id }) => id === name);
    if (!described) throw notFound('resource');
    response.send(JSON.stringify(described));
  };

export const discoveryRoutes: readonly ScimRoute[] = [
  {
    method: 'get',
    path: '/ServiceProviderConfig',
    look: ({ base, response }) => void response.send(JSON.stringify(serviceProviderConfig(base))),
  },
  { method: 'get', path: '/ResourceTypes', look: all(resourceTypes) },
  { method: 'get', path: '/ResourceTypes/:name', look: one(resourceTypes) },
  { method: 'get', path: '/Schemas', look: all(schemas) },
  { method: 'get', path: '/Schemas/:name', look: one(schemas) },
];
