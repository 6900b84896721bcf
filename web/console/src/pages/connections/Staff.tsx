/// What a corp does for the merchant's own staff: signing in by WeCom.
import { Switch } from "antd";
import { api } from "@shared/client";
import { useAct, useGet } from "@/app/queries";
import { useMay } from "@/app/session";
import { useText } from "@/i18n/use";
import { Copy } from "@/parts/Copy";
import { Card } from "@/parts/Page";
import { Loaded } from "@/parts/States";

export function Staff({ corp }: { corp: string }) {
  return <div className="stack"><SignIn corp={corp} /></div>;
}

function SignIn({ corp }: { corp: string }) {
  const { t } = useText();
  const write = useMay()("channel.write");
  const query = useGet("/v1/channels/wecom/{corp}/login", { path: { corp } });
  const save = useAct((enabled: boolean) => api.put("/v1/channels/wecom/{corp}/login", { path: { corp }, version: query.data?.ver, body: { enabled } }), { touches: ["/v1/channels/wecom/{corp}/login", "/v1/login/ways"] });
  return (
    <Card title={t("conn.login")} note={t("conn.login.note")}>
      <Loaded query={query} lines={3}>
        {(found) => (
          <div className="stack">
            <label className="row"><Switch checked={found.enabled} disabled={!write} loading={save.isPending} onChange={(on) => save.mutate(on)} />{t("conn.login.on")}</label>
            {found.enabled && (
              <div className="conn-told">
                <div><span>{t("conn.login.url")}</span><Copy text={found.url} /><small className="dim">{t("conn.login.url.note")}</small></div>
                <div><span>{t("conn.login.domain")}</span><Copy text={found.domain} /><small className="dim">{t("conn.login.domain.note")}</small></div>
              </div>
            )}
          </div>
        )}
      </Loaded>
    </Card>
  );
}
