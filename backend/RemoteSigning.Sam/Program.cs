using RemoteSigning.Contracts;
using RemoteSigning.Cryptoki;
using RemoteSigning.Sam;
using RemoteSigning.Sam.Commands;

const string Usage =
    """
    RemoteSigning.Sam: the signature activation module.

      run --config FILE             serve until SIGTERM
      admin create --config FILE    make the node's keys in the token, once; writes sam_infrastructure.json,
                                    audit-public-key.pem and sealing-public-key.pem into the data folder
      verify-log --log FILE [--log FILE]... --audit-key PEM [--head FILE]...
                                    check a log with all its files, or copies of them, offline; --head names
                                    a file with a head (or a proof) that somebody kept;
                                    --counter-signatures FILE with --witness NODE=PEM for each witness: heads
                                    that other nodes have counter-signed

    docs/sam.md describes the configuration. The exit code is 0 for success and 1 for any failure.
    """;

try
{
    switch (args)
    {
        case ["run", "--config", var file]:
            return await RunCommand.RunAsync(file, CancellationToken.None);
        case ["admin", "create", "--config", var file]:
            return AdminCreateCommand.Run(file, Console.Out);
        case ["verify-log", .. var rest]:
            return VerifyLogCommand.Run(rest, Console.Out);
        case ["--help" or "-h" or "help"]:
            Console.WriteLine(Usage);
            return 0;
        default:
            await Console.Error.WriteLineAsync(Usage);
            return 1;
    }
}
catch (Exception e) when (e is StartException or HsmException or IOException or InvalidDataException
    or InvalidOperationException or UnauthorizedAccessException or ProblemException)
{
    await Console.Error.WriteLineAsync($"{string.Join(' ', args.Take(2))} failed: {e.Message}");
    return 1;
}
