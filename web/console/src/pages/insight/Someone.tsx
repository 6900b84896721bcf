import { useGet } from "@/app/queries";
import { PersonLink } from "@/parts/people";

/// A person of whom only the id is at hand.
export function SomeoneLink({ id }: { id: string }) {
  const person = useGet("/v1/people/{person}", { path: { person: id } }, { staleTime: 5 * 60_000, retry: false });
  return <PersonLink id={id} name={person.data ? person.data.name || person.data.member_no : "…"} />;
}
