"""The stock admin on our tables: what somebody gets who registers a model and names its fields."""

from django.contrib import admin
from django.urls import path

from customers.models import Customer, Plan


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "email", "phone", "document_number", "country")
    search_fields = ("name", "company_name", "email", "phone", "document_number", "notes")
    list_per_page = 50


admin.site.register(Plan)  # an empty table: its list is the stock empty list

urlpatterns = [path("admin/", admin.site.urls)]
