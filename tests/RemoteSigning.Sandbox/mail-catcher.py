#!/usr/bin/python3
"""A mail server on loopback that keeps what it gets: N.eml as it came, N.txt for people to read.

It takes mail over TLS from one authenticated user. Mail to refused@ is refused, mail to quoted@ too, with the text quoted.
"""
import argparse
import asyncio
import email
import email.policy
import os
import signal
import ssl

from aiosmtpd.smtp import SMTP, AuthResult


class Catcher:
    def __init__(self, folder):
        self.folder = folder
        self.count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused@"):
            return "550 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        text = message.get_content()
        if envelope.rcpt_tos[0].startswith("quoted@"):
            return "554 Refused: " + ascii(text)
        self.count += 1
        self.write(f"{self.count}.eml", envelope.content)
        header = f"From: {message['From']}\nTo: {', '.join(envelope.rcpt_tos)}\nSubject: {message['Subject']}\n\n"
        self.write(f"{self.count}.txt", (header + text).encode())
        return "250 OK"

    def write(self, name, content):
        """Nobody sees half a file."""
        path = os.path.join(self.folder, name)
        with open(path + ".part", "wb") as file:
            file.write(content)
        os.rename(path + ".part", path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--certificate", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--password-file", required=True)
    parser.add_argument("--implicit-tls", action="store_true")
    parser.add_argument("--only-login", action="store_true", help="offer AUTH LOGIN alone")
    options = parser.parse_args()

    with open(options.password_file, encoding="utf-8") as file:
        password = file.read().strip()

    def authenticate(server, session, envelope, mechanism, data):
        right = data.login == options.user.encode() and data.password == password.encode()
        return AuthResult(success=right, handled=False)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.certificate, options.key)
    catcher = Catcher(options.folder)

    def connection():
        return SMTP(
            catcher,
            hostname="localhost",
            tls_context=None if options.implicit_tls else context,
            require_starttls=not options.implicit_tls,
            auth_required=True,
            auth_require_tls=not options.implicit_tls,
            auth_exclude_mechanism=["PLAIN"] if options.only_login else None,
            authenticator=authenticate,
            loop=loop,
        )

    loop = asyncio.new_event_loop()
    loop.run_until_complete(
        loop.create_server(connection, "127.0.0.1", options.port, ssl=context if options.implicit_tls else None))
    loop.add_signal_handler(signal.SIGTERM, loop.stop)
    loop.run_forever()


main()
