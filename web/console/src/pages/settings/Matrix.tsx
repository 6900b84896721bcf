import { Fragment } from "react";
import { useGet } from "@/app/queries";
import { useText } from "@/i18n/use";
import { Icon } from "@/parts/Icon";
import { Card } from "@/parts/Page";
import { Loaded } from "@/parts/States";
import "./settings.css";

/// What each role may do, as the server enforces it: default deny, one line a permission.
export function Matrix() {
  const { t, tr, lang } = useText();
  const roles = useGet("/v1/roles");
  const permissions = useGet("/v1/permissions");
  return (
    <Card flush>
      <Loaded query={roles} lines={8}>
        {({ data: columns }) => (
          <Loaded query={permissions} lines={8}>
            {({ data: lines }) => (
              <div className="scroller" tabIndex={0} role="region" aria-label={t("members.roles")}>
                <table className="matrix">
                  <thead>
                    <tr>
                      <th scope="col">{t("members.permission")}</th>
                      {columns.map((role) => <th key={role.role} scope="col">{tr("role.", role.role)}</th>)}
                    </tr>
                  </thead>
                  <tbody>
                    {lines.map((line, index) => {
                      const group = line.permission.split(".")[0];
                      const first = group !== lines[index - 1]?.permission.split(".")[0];
                      return (
                        <Fragment key={line.permission}>
                          {first && <tr className="group"><th scope="rowgroup" colSpan={columns.length + 1}>{tr("permission.", group)}</th></tr>}
                          <tr>
                            <th scope="row">
                              <span title={line.permission}>{lang === "en" ? line.en : line.zh}</span>
                              {line.strong && <span className="chip koi" style={{ marginLeft: 8 }}>{t("account.totp")}</span>}
                            </th>
                            {columns.map((role) => {
                              const yes = line.roles.includes(role.role);
                              return (
                                <td key={role.role} className={yes ? "yes" : "no"}>
                                  {yes ? <Icon name="check" size={16} /> : <span aria-hidden="true">·</span>}
                                  <span className="visually-hidden">{t(yes ? "members.yes" : "members.no")}</span>
                                </td>
                              );
                            })}
                          </tr>
                        </Fragment>
                      );
                    })}
                  </tbody>
                </table>
              </div>
            )}
          </Loaded>
        )}
      </Loaded>
    </Card>
  );
}
