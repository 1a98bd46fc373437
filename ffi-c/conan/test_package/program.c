#include <linkwa.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    linkwa_findings *findings = NULL;
    linkwa_status status = linkwa_validate("{", 1, &findings, NULL);
    const char *code = linkwa_findings_code(findings, 0);
    int right = status == LINKWA_OK && strcmp(code, "invalid_json") == 0;
    printf("%s %s\n", linkwa_status_name(status), code);
    linkwa_findings_free(findings);
    return right ? 0 : 1;
}
