import { computed } from 'vue';
import { useI18n } from 'vue-i18n';

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** How numbers and times are written in the language that is on. Times are ISO 8601 strings, as the API sends them. */
export function useFormat() {
  const { locale } = useI18n();
  const relative = computed(() => new Intl.RelativeTimeFormat(locale.value, { numeric: 'auto', style: 'long' }));
  const moment = computed(() => new Intl.DateTimeFormat(locale.value, { dateStyle: 'medium', timeStyle: 'short' }));
  const day = computed(() => new Intl.DateTimeFormat(locale.value, { dateStyle: 'medium' }));

  return {
    /** "3 minutes ago", "in 2 days". */
    ago(time: string | number | Date | null | undefined): string {
      if (!time) return '–';
      const seconds = (new Date(time).getTime() - Date.now()) / 1000;
      for (const [unit, size] of STEPS)
        if (Math.abs(seconds) >= size) return relative.value.format(Math.trunc(seconds / size), unit);
      return relative.value.format(0, 'second');
    },
    at: (time: string | number | Date | null | undefined) => (time ? moment.value.format(new Date(time)) : '–'),
    on: (time: string | number | Date | null | undefined) => (time ? day.value.format(new Date(time)) : '–'),
    number: (value: number, digits = 0) =>
      new Intl.NumberFormat(locale.value, { maximumFractionDigits: digits, minimumFractionDigits: 0 }).format(value),
    percent: (share: number) =>
      new Intl.NumberFormat(locale.value, { style: 'percent', maximumFractionDigits: 0 }).format(share),
    /** Milliseconds as a person reads them: 85 ms, 1.4 s. */
    duration: (ms: number) =>
      ms < 1000
        ? `${new Intl.NumberFormat(locale.value, { maximumFractionDigits: 0 }).format(ms)} ms`
        : `${new Intl.NumberFormat(locale.value, { maximumFractionDigits: 1 }).format(ms / 1000)} s`,
    bytes(size: number): string {
      const units = ['B', 'kB', 'MB', 'GB'];
      let step = 0;
      let value = size;
      while (value >= 1000 && step < units.length - 1) {
        value /= 1000;
        step += 1;
      }
      return `${new Intl.NumberFormat(locale.value, { maximumFractionDigits: value < 10 && step > 0 ? 1 : 0 }).format(value)} ${units[step]}`;
    },
  };
}
