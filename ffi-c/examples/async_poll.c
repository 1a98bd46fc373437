/*
 * Several sends at once from an event loop: poll(2) and a linkwa_queue, no threads of your own.
 *
 *     cc -std=c99 -Wall async_poll.c $(pkg-config --cflags --libs linkwa) -o async_poll
 *     ./async_poll [NUMBER...]
 *
 * The queue's descriptor is readable when a send has ended. Everything of this program happens on one thread. Messages that were not
 * sent are sent again after a pause; no others are.
 *
 * The environment selects the gateway and the account: LINKWA_REGION or LINKWA_BASE_URL, LINKWA_USERNAME, LINKWA_PASSWORD,
 * LINKWA_PLATFORM_ID, LINKWA_PLATFORM_PARTNER_ID, LINKWA_SOURCE.
 */
#define _POSIX_C_SOURCE 200809L

#include <linkwa.h>

#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* The exit status: the worst result of any send. */
enum { ACCEPTED = 0, FAILED = 1, UNKNOWN = 2 };
enum { TIMES = 3, PAUSE_MS = 500 };

struct job {
    const char *to;
    linkwa_options *options; /* with the reference, which stays the same for each attempt */
    int times;               /* the number of attempts */
    bool waits;              /* begins at `due` */
    int64_t due;
    linkwa_pending *pending; /* the send that is under way */
    linkwa_status status;    /* of the last attempt, with its result or its error */
    linkwa_result *result;
    linkwa_error *error;
};

static int64_t now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Gets the result of a job whose send has ended; it does not wait any more. */
static void finish(struct job *job) {
    job->status = linkwa_pending_wait(job->pending, &job->result, &job->error);
    linkwa_pending_free(job->pending);
    job->pending = NULL;
}

/* Whether the job will come out of the queue. If not, its attempt is over. */
static bool begin(struct job *job, const linkwa_client *client, const linkwa_message *message, linkwa_queue *queue) {
    job->waits = false;
    job->times++;
    job->status = linkwa_send_async(client, &job->to, 1, message, job->options, NULL, NULL, &job->pending, &job->error);
    if (job->status != LINKWA_OK) {
        return false;
    }
    if (linkwa_queue_add(queue, job->pending, job, NULL) != LINKWA_OK) {
        linkwa_pending_cancel(job->pending); /* it would never come */
        finish(job);
        return false;
    }
    return true;
}

/* Whether to begin the job again. Otherwise its result is recorded in `worst`. */
static bool conclude(struct job *job, int *worst) {
    int status = FAILED;
    if (job->status == LINKWA_OK) {
        printf("%s: accepted, refId %s\n", job->to, linkwa_result_ref_id(job->result));
        status = ACCEPTED;
    } else if (linkwa_error_outcome(job->error) == LINKWA_MESSAGE_UNKNOWN) {
        printf("%s: unknown, look for the event report of %s: %s\n", job->to, linkwa_error_ref_id(job->error),
               linkwa_error_message(job->error));
        status = UNKNOWN;
    } else if (job->status == LINKWA_NOT_SENT) {
        job->waits = job->times < TIMES;
        job->due = now_ms() + PAUSE_MS;
        printf("%s: not sent%s: %s\n", job->to, job->waits ? ", once more" : "", linkwa_error_message(job->error));
        status = job->waits ? ACCEPTED : FAILED;
    } else {
        printf("%s: %s: %s\n", job->to, linkwa_status_name(job->status), linkwa_error_message(job->error));
    }
    linkwa_result_free(job->result);
    linkwa_error_free(job->error);
    job->result = NULL;
    job->error = NULL;
    *worst = status > *worst ? status : *worst;
    return job->waits;
}

/* The reference is made here, before anything is sent. A program that must not lose it in a crash stores it now. */
static linkwa_options *new_options(void) {
    linkwa_options *options = linkwa_options_new();
    linkwa_buffer *ref_id = linkwa_new_ref_id();
    linkwa_options_set_ref_id(options, linkwa_buffer_data(ref_id));
    linkwa_buffer_free(ref_id);
    return options;
}

static int run(const linkwa_client *client, const linkwa_message *message, struct job *jobs, size_t len, linkwa_queue *queue) {
    size_t open = len; /* jobs under way or waiting */
    int worst = ACCEPTED;
    while (open > 0) {
        const int64_t now = now_ms();
        int64_t next = INT64_MAX;
        for (size_t i = 0; i < len; i++) {
            if (jobs[i].waits && jobs[i].due <= now && !begin(&jobs[i], client, message, queue) && !conclude(&jobs[i], &worst)) {
                open--;
            }
            if (jobs[i].waits && jobs[i].due < next) {
                next = jobs[i].due;
            }
        }
        if (open == 0) {
            break;
        }
        /* It sleeps until a job ends or must begin again. Other descriptors of the program would be added beside this one. */
        struct pollfd events = {linkwa_queue_fd(queue), POLLIN, 0};
        const int64_t wait = next - now;
        if (poll(&events, 1, next == INT64_MAX ? -1 : wait > 0 ? (int)wait : 0) > 0) {
            void *ended = NULL;
            while (linkwa_queue_next(queue, &ended)) {
                finish(ended);
                if (!conclude(ended, &worst)) {
                    open--;
                }
            }
        }
    }
    return worst;
}

int main(int argc, char **argv) {
    static char example[] = "+46000000001";
    char *default_numbers[] = {example};
    char **numbers = argc > 1 ? argv + 1 : default_numbers;
    const size_t len = argc > 1 ? (size_t)argc - 1 : 1;
    struct job *jobs = calloc(len, sizeof *jobs);
    linkwa_queue *queue = linkwa_queue_new();
    if (!jobs || !queue) {
        perror("async_poll");
        linkwa_queue_free(queue);
        free(jobs);
        return FAILED;
    }

    linkwa_message *message = linkwa_message_text("Hello");
    linkwa_client *client = NULL;
    linkwa_error *error = NULL;
    int status = FAILED;
    if (linkwa_client_from_env(&client, &error) != LINKWA_OK) {
        fprintf(stderr, "%s\n", linkwa_error_message(error));
    } else {
        for (size_t i = 0; i < len; i++) {
            jobs[i] = (struct job){.to = numbers[i], .options = new_options(), .waits = true};
        }
        status = run(client, message, jobs, len, queue);
    }

    linkwa_client_free(client);
    linkwa_queue_free(queue);
    linkwa_message_free(message);
    linkwa_error_free(error);
    for (size_t i = 0; i < len; i++) {
        linkwa_options_free(jobs[i].options);
    }
    free(jobs);
    return status;
}
