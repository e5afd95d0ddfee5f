"""The roles that come with the product, as groups with permissions.

    viewer    looks customers up; documents masked, nothing exported
    steward   edits, resolves, merges
    operator  keeps connections and runs going; exports no persons
    admin     everything that the product has, and who may log in

A group of that name that is there keeps what it has and is given the rest. Permissions are made
here, since Django makes them only when all migrations are done. Running it again changes nothing.
"""

from django.db import migrations

SEEN = "customer customerlink event conflict merge notsame write connection run".split()
VIEWER = [f"view_{model}" for model in SEEN]
STEWARD = [
    *VIEWER,
    *(f"view_{model}" for model in "setaside matchkey fieldrule matchsettings erasure".split()),
    "view_erasureline",
    "add_customer",
    "change_customer",
    "see_documents",
    "export_customers",
    "merge_customers",
    "resolve_conflict",
    "add_fieldrule",
    "change_fieldrule",
]
OPERATOR = [
    *VIEWER,
    *(f"view_{model}" for model in "setaside matchkey fieldrule matchsettings plan".split()),
    "add_connection",
    "change_connection",
    "write_vendors",
    "add_plan",
    "change_plan",
    "change_run",
    "change_setaside",
    "change_matchsettings",
]
ADMIN = sorted(
    {
        *STEWARD,
        *OPERATOR,
        "erase_customer",
        "add_erasure",
        "change_erasure",
        "change_erasureline",
        "change_conflict",
        "change_write",
    }
)
LOGINS = [f"{verb}_{model}" for verb in ("view", "add", "change", "delete") for model in ("user", "group")]
ROLES = {
    "viewer": {"customers": VIEWER},
    "steward": {"customers": STEWARD},
    "operator": {"customers": OPERATOR},
    "admin": {"customers": ADMIN, "auth": LOGINS},
}
OWN = {
    "see_documents": ("customer", "Can see documents whole"),
    "export_customers": ("customer", "Can export customers"),
    "merge_customers": ("customer", "Can merge and unmerge customers"),
    "erase_customer": ("customer", "Can erase a customer"),
    "resolve_conflict": ("conflict", "Can resolve a conflict"),
    "write_vendors": ("connection", "Can turn on writing to vendors, and approve plans"),
}


def make(apps, editor):
    alias = editor.connection.alias
    groups = apps.get_model("auth", "Group").objects.using(alias)
    for name, granted in ROLES.items():
        group, _made = groups.get_or_create(name=name)
        group.permissions.add(
            *[
                permission(apps, alias, app, codename)
                for app, codenames in granted.items()
                for codename in codenames
            ]
        )


def permission(apps, alias, app, codename):
    """The permission, made if it is not there, under the name that Django gives it."""
    verb, _, model = codename.partition("_")
    own = OWN.get(codename)
    model = own[0] if own else model
    kind, _made = (
        apps.get_model("contenttypes", "ContentType")
        .objects.using(alias)
        .get_or_create(app_label=app, model=model)
    )
    label = own[1] if own else f"Can {verb} {apps.get_model(app, model)._meta.verbose_name_raw}"
    found, _made = (
        apps.get_model("auth", "Permission")
        .objects.using(alias)
        .get_or_create(content_type=kind, codename=codename, defaults={"name": label})
    )
    return found


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0005_merge_kept"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="customer",
            options={
                "ordering": ["-id"],
                "permissions": [
                    ("see_documents", "Can see documents whole"),
                    ("export_customers", "Can export customers"),
                    ("merge_customers", "Can merge and unmerge customers"),
                    ("erase_customer", "Can erase a customer"),
                ],
                "verbose_name": "customer",
                "verbose_name_plural": "customers",
            },
        ),
        migrations.AlterModelOptions(
            name="conflict",
            options={
                "ordering": ["-id"],
                "permissions": [("resolve_conflict", "Can resolve a conflict")],
                "verbose_name": "conflict",
                "verbose_name_plural": "conflicts",
            },
        ),
        migrations.AlterModelOptions(
            name="connection",
            options={
                "ordering": ["name"],
                "permissions": [
                    ("write_vendors", "Can turn on writing to vendors, and approve plans")
                ],
                "verbose_name": "connection",
                "verbose_name_plural": "connections",
            },
        ),
        migrations.RunPython(make, migrations.RunPython.noop),
    ]
