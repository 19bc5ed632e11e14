-- A kept answer that found nothing names no knowledge bases: who was asking may have lost them since.
UPDATE message SET text = regexp_replace(text, ' Searched: .*\. Try other words', ' Try other words')
WHERE role = 'assistant' AND text LIKE 'I found nothing about this in what can be read here. Searched: %';
UPDATE message SET text = regexp_replace(text, ' Durchsucht: .*\. Versuchen Sie es', ' Versuchen Sie es')
WHERE role = 'assistant' AND text LIKE 'Dazu habe ich in dem, was hier gelesen werden darf, nichts gefunden. Durchsucht: %';
