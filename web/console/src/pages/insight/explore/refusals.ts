/// A refusal in the user's words. What the server adds is kept where it is no sentence: a name, a value, a list of choices.
import type { Problem } from "@shared/client";

/// "order_payd, did you mean order_paid" as its two names.
function suggested(detail: string): [string, string | undefined] {
  const found = /^(.*), did you mean (.+)$/s.exec(detail);
  return found ? [found[1]!, found[2]] : [detail, undefined];
}

export function sayProblem(problem: Pick<Problem, "title" | "code">, detail?: string, lang = document.documentElement.lang): string {
  const [what, instead] = suggested(detail ?? "");
  if (!what) return problem.title;
  // Words about a rule's text are English sentences; the title and the place say it in every language.
  if (lang !== "en" && !instead && /[a-z] [a-z]+ [a-z]/i.test(what)) return problem.title;
  if (!instead) return lang === "en" ? `${problem.title}: ${what}` : `${problem.title}：${what}`;
  return lang === "en" ? `${problem.title}: ${what}; did you mean ${instead}?` : `${problem.title}：${what}，是不是 ${instead}？`;
}
