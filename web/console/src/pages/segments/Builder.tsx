/// A rule is built: by mouse as a tree, by keyboard as text, read as a sentence, counted while it changes.
import { App, Button, Segmented, Switch } from "antd";
import { Link, useBlocker, useParams as usePath } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { api } from "@shared/client";
import { useGet } from "@/app/queries";
import { useParams } from "@/app/search";
import { useMay } from "@/app/session";
import { isTyping } from "@/app/shortcuts";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { Card, Page } from "@/parts/Page";
import { asProblem, Bones, Failure, Nothing } from "@/parts/States";
import { renamed } from "./caret";
import { whole } from "./clauses";
import { useLive, usePut, useWords, type Asked, type Segment, type Trouble } from "./door";
import { WordsContext } from "./fields";
import * as history from "./history";
import type { Clause } from "./rule";
import { RuleText } from "./RuleText";
import { CountCard, Side } from "./Side";
import { Tree, type Edit } from "./Tree";
import { groupNode, rootOf, ruleOf, type GroupNode } from "./tree";
import type { Words } from "./words";
import "./segments.css";
import "./builder.css";

const SaveSheet = lazy(() => import("./SaveSheet"));

export default function Builder() {
  const { t } = useText();
  const { id } = usePath({ strict: false }) as { id?: string };
  const [{ text, copy }] = useParams();
  const words = useWords();
  const source = id ?? copy;
  const segment = useGet("/v1/segments/{segment}", { path: { segment: source ?? "" } }, { enabled: !!source, staleTime: 0 });
  const given = usePut("/v1/segments/check", { text }, !!text && !source);
  const title = id ? t("seg.edit.title", { name: segment.data?.name ?? "" }) : t("seg.new");
  const error = words.error ?? segment.error ?? given.error;
  const ready = words.data && (!source || segment.data) && (!text || source || given.data);
  if (!useMay()("segment.write")) return <Page title={title}><Card><Nothing title={t("state.forbidden")} text={t("state.forbidden.text")} /></Card></Page>;
  if (!ready) return <Page title={title}>{error ? <Failure problem={asProblem(error)} retry={() => { void words.refetch(); void segment.refetch(); }} /> : <Card><Bones lines={8} /></Card>}</Page>;
  const rule = (segment.data?.rule ?? (given.data?.ok ? given.data.rule : undefined)) as Clause | undefined;
  return (
    <WordsContext value={words.data}>
      <Workshop key={source ?? "new"} title={title} words={words.data} segment={id ? segment.data : undefined} initial={rule} initialText={rule ? undefined : text} />
    </WordsContext>
  );
}

type View = "build" | "text";

function Workshop({ title, words, segment, initial, initialText }: { title: string; words: Words; segment?: Segment; initial?: Clause; initialText?: string }) {
  const { t, lang } = useText();
  const { modal, message } = App.useApp();
  const [past, setPast] = useState(() => history.begin<GroupNode>(initial ? rootOf(initial) : groupNode("all")));
  const [view, setView] = useState<View>(initialText ? "text" : "build");
  const [text, setText] = useState(initialText ?? "");
  const [edited, setEdited] = useState(false); // the text
  const [deep, setDeep] = useState(false);
  const [impact, setImpact] = useState(false);
  const [saving, setSaving] = useState<boolean>(); // undefined: never opened, and not fetched
  const [turning, setTurning] = useState(false);
  const typed = useRef<{ text: string; root: GroupNode }>(undefined); // what was typed for the tree as it stands
  const root = past.now;
  const rule = useMemo(() => ruleOf(root), [root]);
  const asked = useMemo<Asked>(() => (view === "text" ? { text } : { rule }), [view, text, rule]);
  const empty = view === "text" ? text.trim() === "" : root.of.length === 0;
  const full = view === "text" ? !empty : whole(words, rule);
  const live = useLive(asked, full, deep || impact, segment?.name);
  const sentence = live.sentence ? (lang === "en" ? live.sentence.en : live.sentence.zh) : undefined;

  const edit: Edit = (next, what = "") => setPast((before) => history.edit(before, next, what, Date.now()));
  const back = () => setPast(history.undo);
  const again = () => setPast(history.redo);
  useUndoKeys(view === "build" ? { back, again } : undefined);
  useGuard(past.past.length > 0 || edited, async () => await modal.confirm({ title: t("seg.leave"), content: t("seg.leave.text"), okText: t("seg.leave.go") }));

  /// Both ways by the server: it prints the tree, and reads the text.
  const turn = async (to: View) => {
    if (to === view) return;
    if (to === "build" ? text.trim() === "" : root.of.length === 0) {
      if (to === "build") edit(groupNode("all"));
      else setText("");
      return setView(to);
    }
    if (to === "text" && typed.current?.root === root) return setView(to);
    setTurning(true);
    try {
      const { data } = await api.post("/v1/segments/check", { body: asked as never });
      if (to === "text") {
        if (!data.text) return void message.warning(t("seg.turn.open"));
        setText(data.text);
      } else {
        if (!data.rule) return void message.warning(t("seg.turn.wrong"));
        const next = data.rule as Clause;
        const same = JSON.stringify(next) === JSON.stringify(rule);
        const tree = same ? root : rootOf(next);
        if (!same) edit(tree);
        typed.current = { text, root: tree };
      }
      setView(to);
    } catch (error) {
      void message.error(asProblem(error).title);
    } finally {
      setTurning(false);
    }
  };
  /// A suggestion of the server, taken.
  const take = (trouble: Trouble) => {
    const next = renamed(rule, trouble.pointer, trouble.suggestion);
    if (next) edit(rootOf(next));
    else void message.info(t("seg.take.not", { text: trouble.suggestion }));
  };

  return (
    <Page title={title} lead={t("seg.builder.lead")}
      actions={
        <>
          <Link to={segment ? "/segments/$id" : "/segments"} params={segment ? { id: segment.id } : undefined} className="ant-btn-like">{t("do.cancel")}</Link>
          <Button type="primary" disabled={empty || !live.sound} onClick={() => setSaving(true)}>{t("do.save")}</Button>
        </>
      }>
      <div className="seg-shop">
        <div className="seg-main stack">
          <section className="card" aria-label={t("seg.rule")}>
            <div className="seg-bar">
              <Segmented<View> aria-label={t("seg.view")} value={view} disabled={turning} onChange={(next) => void turn(next)} options={[{ value: "build", label: t("seg.view.build") }, { value: "text", label: t("seg.view.text") }]} />
              {view === "build" && (
                <>
                  <span className="nowrap">
                    <Button type="text" size="small" icon={<Icon name="undo" size={16} />} disabled={past.past.length === 0} aria-label={t("do.undo")} title={t("do.undo")} onClick={back} />
                    <Button type="text" size="small" className="seg-redo" icon={<Icon name="undo" size={16} />} disabled={past.next.length === 0} aria-label={t("seg.redo")} title={t("seg.redo")} onClick={again} />
                  </span>
                  <label className="seg-impact"><Switch size="small" checked={impact} onChange={setImpact} /> {t("seg.impact")}</label>
                </>
              )}
            </div>
            {view === "build" ? <Tree root={root} edit={edit} live={live} impact={impact} onTake={take} />
              : <RuleText text={text} problems={live.problems} onChange={(next) => { setText(next); setEdited(true); typed.current = undefined; }} />}
          </section>
          <section className="card seg-sentence" aria-label={t("seg.sentence")}>
            <h2>{t("seg.sentence")}</h2>
            <p aria-live="polite" data-stale={live.stale}>{empty ? t("seg.sentence.empty") : (sentence ?? t("seg.sentence.open"))}</p>
          </section>
        </div>
        <aside className="seg-side" aria-label={t("seg.side")}>
          <CountCard live={live} open={!full && !empty} />
          <Side live={live} asked={asked} deep={deep} onDeep={() => setDeep(true)} self={segment?.id} />
        </aside>
      </div>
      <Suspense fallback={null}>
        {saving !== undefined && <SaveSheet open={saving} segment={segment} asked={asked} sentence={sentence} onClose={() => setSaving(false)} />}
      </Suspense>
    </Page>
  );
}

/// Ctrl/⌘-Z takes an edit back, outside fields: inside them it is the browser's.
function useUndoKeys(keys: { back: () => void; again: () => void } | undefined) {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!latest.current || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z" || isTyping(event.target)) return;
      event.preventDefault();
      if (event.shiftKey) latest.current.again();
      else latest.current.back();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}

/// Who leaves with something unsaved is asked.
function useGuard(dirty: boolean, ask: () => Promise<boolean>) {
  useBlocker({ disabled: !dirty, enableBeforeUnload: () => dirty, shouldBlockFn: async () => !(await ask()) });
}
