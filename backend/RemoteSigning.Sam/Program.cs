using RemoteSigning.Contracts;
using RemoteSigning.Cryptoki;
using RemoteSigning.Sam;
using RemoteSigning.Sam.Audit;
using RemoteSigning.Sam.Commands;
using RemoteSigning.Sam.Platform;

const string Usage =
    """
    RemoteSigning.Sam: the signature activation module.

      run --config FILE                  serve until SIGTERM
      admin create --config FILE …       make the keys of a new module and its first node
      admin initialize --config FILE …   make a further node of a module
      admin import --config FILE …       check, record and put in place the configuration of a node that does not run
      admin add-kek --config FILE …      make the next generation of the key-encryption key
      admin adopt --config FILE --infrastructure FILE …
                                         bring a later sam_infrastructure.json to a node that exists
      admin retire-kek --config FILE --generation N …
                                         refuse keys under this generation from the next start on
      admin status --config FILE         show a node from its files
      admin unlock --config FILE --reason TEXT …
                                         end a lock after tampering, once the machine was looked at
      admin verify-log --log FILE …      check a log, or a copy of one, offline; also without the word admin

    Each admin command tells more with --help. docs/sam/operation.md describes the configuration.
    The exit code is 0 for success and 1 for any failure.
    """;

try
{
    if (args is ["run", ..] or [HsmWorkerProcess.Command]
        or ["admin", "create" or "initialize" or "import" or "add-kek" or "adopt" or "retire-kek" or "unlock", ..])
    {
        ProcessProtection.Apply(); // These open the token, or see passphrases.
    }

    switch (args)
    {
        case ["run", "--config", var file]:
            await Console.Error.WriteAsync(ProcessProtection.Advice);
            return await RunCommand.RunAsync(file, CancellationToken.None);
        case [HsmWorkerProcess.Command]:
            return HsmWorkerCommand.Run(); // For the SAM itself, so not in the usage.
        case ["--help" or "-h" or "help"] or ["admin", "--help" or "-h"]:
            return Print(Usage);
        case ["admin", "create", "--help" or "-h"]:
            return Print(AdminCreateCommand.Help);
        case ["admin", "create", .. var rest]:
            return AdminCreateCommand.Run(rest, Console.Out, SamSeams.Real);
        case ["admin", "initialize", "--help" or "-h"]:
            return Print(AdminInitializeCommand.Help);
        case ["admin", "initialize", .. var rest]:
            return AdminInitializeCommand.Run(rest, Console.Out, SamSeams.Real);
        case ["admin", "import", "--help" or "-h"]:
            return Print(AdminImportCommand.Help);
        case ["admin", "import", .. var rest]:
            return await AdminImportCommand.RunAsync(rest, Console.Out, SamSeams.Real);
        case ["admin", "add-kek" or "retire-kek", "--help" or "-h"]:
            return Print(AdminKeyEncryptionKeyCommand.Help);
        case ["admin", "add-kek", .. var rest]:
            return await AdminKeyEncryptionKeyCommand.AddAsync(rest, Console.Out, SamSeams.Real);
        case ["admin", "retire-kek", .. var rest]:
            return await AdminKeyEncryptionKeyCommand.RetireAsync(rest, Console.Out, SamSeams.Real);
        case ["admin", "adopt", "--help" or "-h"]:
            return Print(AdminAdoptCommand.Help);
        case ["admin", "adopt", .. var rest]:
            return await AdminAdoptCommand.RunAsync(rest, Console.Out, SamSeams.Real);
        case ["admin", "status", "--help" or "-h"]:
            return Print(AdminStatusCommand.Help);
        case ["admin", "status", .. var rest]:
            return AdminStatusCommand.Run(rest, Console.Out);
        case ["verify-log", "--help" or "-h"] or ["admin", "verify-log", "--help" or "-h"]:
            return Print(VerifyLogCommand.Help);
        case ["admin", "unlock", "--help" or "-h"]:
            return Print(AdminUnlockCommand.Help);
        case ["admin", "unlock", .. var rest]:
            return await AdminUnlockCommand.RunAsync(rest, Console.Out, SamSeams.Real);
        case ["verify-log", .. var rest]:
            return VerifyLogCommand.Run(rest, Console.Out);
        case ["admin", "verify-log", .. var rest]:
            return VerifyLogCommand.Run(rest, Console.Out);
        default:
            await Console.Error.WriteLineAsync(Usage);
            return 1;
    }
}
catch (Exception e) when (e is StartException or LogException or HsmException or IOException or InvalidDataException
    or InvalidOperationException or OperationCanceledException or UnauthorizedAccessException or ProblemException)
{
    await Console.Error.WriteLineAsync($"{string.Join(' ', args.TakeWhile(a => !a.StartsWith('-')).Take(2))} failed: {e.Message}");
    return 1;
}

static int Print(string text)
{
    Console.WriteLine(text);
    return 0;
}
