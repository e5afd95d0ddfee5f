"""What a person may do beyond Django's view, add, change and delete.

The permissions are declared on the models they speak of; the roles that come with the product
(viewer, steward, operator, admin) are made by the migration `roles`.
"""

SEE_DOCUMENTS = "customers.see_documents"
EXPORT = "customers.export_customers"
MERGE = "customers.merge_customers"
ERASE = "customers.erase_customer"
RESOLVE = "customers.resolve_conflict"
WRITE_VENDORS = "customers.write_vendors"
