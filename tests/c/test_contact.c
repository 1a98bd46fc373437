/* Contact cards: the exact bytes that are sent. */
#include <stdio.h>
#include <string.h>

#include "help.h"

static linkwa_client *client;
static linkwa_options *options;

/* The bytes sent for a card. Frees it. */
static void builds(linkwa_contact *contact, const char *expected, const char *name) {
    static const char *const to[] = {TO};
    char all[2048];
    linkwa_message *message = linkwa_message_contacts();
    linkwa_buffer *buffer = NULL;
    linkwa_error *err = NULL;
    is_status(linkwa_message_add_contact(message, contact), LINKWA_OK, "%s: it is added", name);
    linkwa_contact_free(contact);
    snprintf(all, sizeof all, BUILT_HEAD "{\"type\":\"contacts\",\"contacts\":[%s]}" BUILT_TAIL, expected);
    if (linkwa_build(client, to, 1, message, options, &buffer, &err) == LINKWA_OK) {
        is_buffer(buffer, all, name);
    } else {
        is_str(linkwa_error_message(err), NULL, "%s: it is built", name);
    }
    linkwa_error_free(err);
    linkwa_message_free(message);
}

static void okay(linkwa_status status, const char *name) {
    is_status(status, LINKWA_OK, "%s: ok", name);
}

static void all_fields(void) {
    linkwa_contact *contact = linkwa_contact_new();
    ok(contact != NULL, "linkwa_contact_new gives a card");
    linkwa_name name = {.formatted_name = "Dr Ann B Case Jr", .first_name = "Ann", .last_name = "Case", .middle_name = "B", .prefix = "Dr", .suffix = "Jr"};
    linkwa_org org = {.company = "Link", .department = "Cards", .title = "Boss"};
    linkwa_address address = {.street = "S 1", .city = "C", .state = "St", .zip = "11", .country = "Sweden", .country_code = "SE", .type = "WORK"};
    okay(linkwa_contact_set_name(contact, &name), "set_name");
    okay(linkwa_contact_set_org(contact, &org), "set_org");
    okay(linkwa_contact_set_birthday(contact, "2000-02-29"), "set_birthday");
    okay(linkwa_contact_add_address(contact, &address), "add_address");
    okay(linkwa_contact_add_phone(contact, "+1 (650) 555-1234", "HOME", "16505551234"), "add_phone");
    okay(linkwa_contact_add_email(contact, "a@example.com", "WORK"), "add_email");
    okay(linkwa_contact_add_url(contact, "https://example.com", "HOME"), "add_url");
    builds(contact,
        "{\"addresses\":[{\"city\":\"C\",\"country\":\"Sweden\",\"countryCode\":\"SE\",\"state\":\"St\",\"street\":\"S 1\",\"type\":\"WORK\","
        "\"zip\":\"11\"}],\"birthday\":\"2000-02-29\",\"emails\":[{\"email\":\"a@example.com\",\"type\":\"WORK\"}],"
        "\"name\":{\"firstName\":\"Ann\",\"formattedName\":\"Dr Ann B Case Jr\",\"lastName\":\"Case\",\"middleName\":\"B\","
        "\"suffix\":\"Jr\",\"prefix\":\"Dr\"},\"org\":{\"company\":\"Link\",\"department\":\"Cards\",\"title\":\"Boss\"},"
        "\"phones\":[{\"phone\":\"+1 (650) 555-1234\",\"type\":\"HOME\",\"waId\":\"16505551234\"}],"
        "\"urls\":[{\"url\":\"https://example.com\",\"type\":\"HOME\"}]}",
        "a card with everything");
}

static void absent(void) {
    linkwa_contact *contact = linkwa_contact_new();
    linkwa_name name = {.formatted_name = "Ann", .first_name = "Ann"};
    linkwa_org org = {.title = ""};
    linkwa_address address = {.city = "C"};
    okay(linkwa_contact_set_name(contact, &name), "set_name of two parts");
    okay(linkwa_contact_set_org(contact, &org), "set_org of one empty part");
    okay(linkwa_contact_add_address(contact, &address), "add_address of one part");
    okay(linkwa_contact_add_phone(contact, NULL, NULL, "16505551234"), "add_phone of one part");
    okay(linkwa_contact_add_email(contact, NULL, "HOME"), "add_email of one part");
    okay(linkwa_contact_add_url(contact, NULL, NULL), "add_url without a URL");
    builds(contact,
        "{\"addresses\":[{\"city\":\"C\"}],\"emails\":[{\"type\":\"HOME\"}],\"name\":{\"firstName\":\"Ann\",\"formattedName\":\"Ann\"},"
        "\"org\":{\"title\":\"\"},\"phones\":[{\"waId\":\"16505551234\"}],\"urls\":[{}]}",
        "what is NULL is absent");
}

static void setters_called_again(void) {
    linkwa_contact *contact = linkwa_contact_new();
    okay(linkwa_contact_set_birthday(contact, "1999-01-01"), "set_birthday");
    okay(linkwa_contact_set_birthday(contact, "2000-01-01"), "set_birthday again");
    okay(linkwa_contact_add_phone(contact, "1", NULL, NULL), "add_phone");
    okay(linkwa_contact_add_phone(contact, "2", NULL, NULL), "add_phone again");
    builds(contact, "{\"birthday\":\"2000-01-01\",\"phones\":[{\"phone\":\"1\"},{\"phone\":\"2\"}]}", "what is set is replaced, what is added stays");
}

/* Two cards in a message; the copies do not change with their original. */
static void copied(void) {
    static const char *const to[] = {TO};
    linkwa_message *message = linkwa_message_contacts();
    linkwa_contact *contact = linkwa_contact_new();
    is_str(linkwa_message_type(message), "contacts", "contacts: the message's type");
    linkwa_contact_add_phone(contact, "1", NULL, NULL);
    okay(linkwa_message_add_contact(message, contact), "add_contact");
    linkwa_contact_add_phone(contact, "2", NULL, NULL);
    okay(linkwa_message_add_contact(message, contact), "add_contact again");
    linkwa_contact_free(contact);
    linkwa_buffer *buffer = NULL;
    linkwa_build(client, to, 1, message, options, &buffer, NULL);
    is_buffer(buffer,
        BUILT_HEAD "{\"type\":\"contacts\",\"contacts\":[{\"phones\":[{\"phone\":\"1\"}]},{\"phones\":[{\"phone\":\"1\"},{\"phone\":\"2\"}]}]}" BUILT_TAIL,
        "two cards");
    linkwa_message_free(message);
}

static void invalid(void) {
    static const char *const to[] = {TO};
    linkwa_message *message = linkwa_message_contacts();
    linkwa_buffer *buffer = NULL;
    linkwa_error *err = NULL;
    is_status(linkwa_build(client, to, 1, message, options, &buffer, &err), LINKWA_INVALID_REQUEST, "no cards");
    is_str(linkwa_findings_code(linkwa_error_findings(err), 0), "empty", "no cards: the finding");
    linkwa_error_free(err);
    linkwa_contact *contact = linkwa_contact_new();
    linkwa_message_add_contact(message, contact);
    linkwa_contact_free(contact);
    err = NULL;
    is_status(linkwa_build(client, to, 1, message, options, &buffer, &err), LINKWA_INVALID_REQUEST, "an empty card");
    is_str(linkwa_findings_path(linkwa_error_findings(err), 0), "messages[0].contacts[0]", "an empty card: the finding's path");
    linkwa_error_free(err);
    linkwa_message_free(message);
}

/* A card remembers its first error, and so does a message that it is added to. */
static void first_error_is_remembered(void) {
    linkwa_contact *contact = linkwa_contact_new();
    linkwa_name name = {.formatted_name = "Ann", .suffix = "\xff"};
    is_status(linkwa_contact_set_name(contact, &name), LINKWA_INVALID_ARGUMENT, "a name that is not UTF-8");
    is_status(linkwa_contact_set_birthday(contact, NULL), LINKWA_INVALID_ARGUMENT, "no birthday");
    okay(linkwa_contact_add_phone(contact, "1", NULL, NULL), "a phone in order");
    linkwa_message *message = linkwa_message_contacts();
    is_status(linkwa_message_add_contact(message, contact), LINKWA_INVALID_ARGUMENT, "adding the card fails");
    linkwa_error *err = NULL;
    is_status(linkwa_message_check(message, &err), LINKWA_INVALID_ARGUMENT, "the message remembers it");
    ok(contains(linkwa_error_message(err), "suffix") && contains(linkwa_error_message(err), "UTF-8"), "the first thing: %s",
        linkwa_error_message(err));
    linkwa_error_free(err);
    linkwa_message_free(message);
    linkwa_contact_free(contact);
    linkwa_contact_free(NULL);
    ok(true, "linkwa_contact_free: NULL is fine");
}

int main(void) {
    client = client_for(NULL);
    options = options_with_ref("r");
    all_fields();
    absent();
    setters_called_again();
    copied();
    invalid();
    first_error_is_remembered();
    linkwa_options_free(options);
    linkwa_client_free(client);
    return done();
}
