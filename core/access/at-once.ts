import { AppError } from '../errors.ts';
import type { PersonId } from '../ids.ts';

/** When one of them may well have ended. */
const FREE_AGAIN_SECONDS = 5;

/**
 * Places for things that run at the same time in this process, `most` for each person, so that nobody takes the others'
 * share. Takes one; disposing of it gives it back. @throws AppError 'too_many_requests' with `refusal`.
 */
export function placesFor(most: number, refusal: string): (person: PersonId) => Disposable {
  const taken = new Map<PersonId, number>();
  return (person) => {
    const count = taken.get(person) ?? 0;
    if (count >= most)
      throw new AppError('too_many_requests', refusal, { details: { retryAfterSeconds: FREE_AGAIN_SECONDS } });
    taken.set(person, count + 1);
    return {
      [Symbol.dispose]() {
        const left = (taken.get(person) ?? 1) - 1;
        if (left === 0) taken.delete(person);
        else taken.set(person, left);
      },
    };
  };
}
