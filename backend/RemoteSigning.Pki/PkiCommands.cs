using System.Data.Common;
using System.Net.Sockets;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using RemoteSigning.Cryptoki;
using RemoteSigning.Pki.Authority;
using RemoteSigning.Pki.Data;
using RemoteSigning.Pki.Options;
using RemoteSigning.Pki.Revocation;

namespace RemoteSigning.Pki;

/// <summary>The command line.</summary>
internal static class PkiCommands
{
    private const int Failed = 1;
    private const int Misused = 2;

    private const string Usage =
        """
        The PKI of a remote signing service: certification authority, OCSP responder, revocation lists, time stamps.

        dotnet RemoteSigning.Pki.dll <command> --config FILE.json
        dotnet RemoteSigning.Pki.dll revoke-timestamping --config FILE.json --serial HEX --reason NUMBER

          create    the ceremony: makes keys in the HSM token, root and issuing CA, database schema,
                    and root.pem, issuing.pem and chain.pem in the data folder; refuses where any of it exists
          renew     once a year: new certificates for the OCSP responder, new revocation list of the root,
                    new key and certificate of the time-stamping authority
          migrate   brings the database schema up to this program's
          run       serves until it is asked to end
          revoke-timestamping
                    ends a certificate of the time-stamping authority: reason 1 for a key that leaked, which makes
                    all its tokens worthless, 4 for one that was replaced; then renew and start again

        FILE.json must be readable by its owner only. docs/pki.md describes it.
        """;

    /// <returns>The exit code: 0 done, 1 failed, 2 misused.</returns>
    public static async Task<int> RunAsync(string[] arguments, CancellationToken cancel)
    {
        if (arguments is ["--help"] or ["-h"] or ["help"])
        {
            Console.WriteLine(Usage);
            return 0;
        }

        Func<Task>? act = arguments switch
        {
            [("create" or "renew" or "migrate" or "run") and var command, "--config", var file] => () => ExecuteAsync(command, file, cancel),
            ["revoke-timestamping", "--config", var file, "--serial", var serial, "--reason", var reason] =>
                () => RevokeAsync(file, serial, reason, cancel),
            _ => null,
        };
        if (act is null)
        {
            await Console.Error.WriteLineAsync(Usage);
            return Misused;
        }

        try
        {
            await act();
            return 0;
        }
        catch (Exception e) when (IsExpected(e))
        {
            await Console.Error.WriteLineAsync($"pki {arguments[0]} failed. {Explain(e)}");
            return Failed;
        }
    }

    private static Task ExecuteAsync(string command, string file, CancellationToken cancel) => command switch
    {
        "create" => CeremonyAsync(file, c => c.CreateAsync(cancel), "The PKI is made."),
        "renew" => CeremonyAsync(file, c => c.RenewAsync(cancel), "Responder certificates, root revocation list and, where offered, the time-stamping key are new. Start the service again."),
        "migrate" => MigrateAsync(file, cancel),
        _ => ServeAsync(file, cancel),
    };

    private static async Task ServeAsync(string file, CancellationToken cancel)
    {
        await using WebApplication app = await PkiHost.StartAsync(file, clock: null, cancel);
        await app.WaitForShutdownAsync(cancel);
    }

    private static async Task CeremonyAsync(string file, Func<Ceremony, Task> act, string done)
    {
        PkiOptions options = PkiHost.ReadOptions(file);
        await using PkiDatabase database = PkiHost.OpenDatabase(options);
        using Hsm hsm = Hsm.Open(options.Hsm);
        await act(new Ceremony(options, database, hsm, TimeProvider.System));
        Console.WriteLine($"{done} Its certificates lie in {Path.GetFullPath(options.DataFolder)}.");
    }

    private static async Task RevokeAsync(string file, string serial, string reason, CancellationToken cancel)
    {
        await using PkiDatabase database = PkiHost.OpenDatabase(PkiHost.ReadOptions(file));
        await new TimestampRevocation(database, TimeProvider.System).RevokeAsync(serial, reason, cancel);
        Console.WriteLine("The certificate is revoked. If it was in use, no more tokens are given: run the command renew, and start the service again.");
    }

    private static async Task MigrateAsync(string file, CancellationToken cancel)
    {
        await using PkiDatabase database = PkiHost.OpenDatabase(PkiHost.ReadOptions(file));
        await database.Database.MigrateAsync(cancel);
        Console.WriteLine("The database schema is this program's.");
    }

    /// <summary>What an operator can put right; anything else is a defect of ours and shows its trace.</summary>
    private static bool IsExpected(Exception exception) =>
        exception is CommandException or OptionsValidationException or IOException or UnauthorizedAccessException or InvalidDataException
        || exception.GetBaseException() is HsmException or DbException or SocketException;

    private static string Explain(Exception exception) => exception.GetBaseException() switch
    {
        HsmException e => $"The HSM: {e.Message} Check Pki:Hsm, the token and its PIN file.",
        DbException e => $"The database: {e.Message} Check Pki:Database and that it runs.",
        SocketException e => $"A connection: {e.Message}. Check Pki:Database and the listeners' addresses.",
        _ => exception.Message,
    };
}
