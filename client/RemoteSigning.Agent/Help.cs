namespace RemoteSigning.Agent;

/// <summary>What <c>--help</c> prints.</summary>
internal static class Help
{
    private const string Common =
        """


        Options:
          --config FILE   the configuration (default: {0})
          --help          this text

        Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 no agent is running, 4 not signed in
        """;

    public static string Of(string command) => command switch
    {
        "run" =>
            """
            virtual-card run [--config FILE]

            Serves the card in the foreground until Ctrl-C or SIGTERM. Signs in with the secrets file of the
            configuration before programs can connect, or asks for the password on the terminal; without either
            it starts signed out and waits for "virtual-card login". Asks on the terminal before each signature. Logs to standard error.
            """,
        "login" =>
            """
            virtual-card login [--password-stdin] [--config FILE]

            Signs the running agent in. The password is asked for on the terminal, or read from the first line
            of standard input with --password-stdin; it never is an argument.
            """,
        "logout" =>
            """
            virtual-card logout [--config FILE]

            Signs the running agent out: the server forgets the sign-in, programs see an empty reader.
            """,
        "status" =>
            """
            virtual-card status [--json] [--config FILE]

            Says whether the agent runs, who is signed in, and what the card holds. Exit code 4 when nobody is signed in.
            """,
        "certificates" =>
            """
            virtual-card certificates [--json] [--config FILE]

            Lists what is on the card: labels, keys, validity, and why a key cannot sign, if so.
            """,
        "doctor" =>
            """
            virtual-card doctor [--config FILE]

            Checks everything between a program and the server, one line each, and says what to do about what fails.
            """,
        "register" =>
            """
            virtual-card register [--module FILE]
            virtual-card register --remove

            Tells p11-kit of the card's PKCS#11 module, for this user only, so that programs find the card without being
            told where it is. Writes remote-signing.module in pkcs11/modules below $XDG_CONFIG_HOME (else ~/.config);
            --remove deletes that file. No other file is touched, nor is one of this name that this program did not write.

            Options:
              --module FILE   the PKCS#11 module, if it is not installed
            """,
        _ =>
            """
            virtual-card COMMAND [OPTIONS]: a smart card whose keys are at a signing server

            Commands:
              run            serve the card to this user's programs
              login          sign the running agent in
              logout         sign it out
              status         what the agent is doing
              certificates   what is on the card
              register       tell p11-kit of the card, so that programs find it
              doctor         find out what is wrong
            """,
    } + Common.Replace("{0}", CommandLine.DefaultConfiguration, StringComparison.Ordinal);
}
