/* Serves a greeting on port 80. */
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static const char answer[] = "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello from C\n";

int main(void) {
	struct sockaddr_in everywhere = {.sin_family = AF_INET, .sin_port = htons(80)};
	int yes = 1, listener = socket(AF_INET, SOCK_STREAM, 0);

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (bind(listener, (struct sockaddr *)&everywhere, sizeof everywhere) != 0 || listen(listener, 16) != 0) {
		perror("listening on port 80");
		return 1;
	}
	puts("listening on port 80");
	fflush(stdout);
	for (;;) {
		char request[4096];
		int client = accept(listener, NULL, NULL);

		if (client < 0)
			continue;
		if (read(client, request, sizeof request) > 0 && write(client, answer, sizeof answer - 1) < 0)
			perror("answering");
		close(client);
	}
}
