using System.Globalization;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Sam.Api;
using RemoteSigning.Sam.Audit;
using RemoteSigning.Sam.Configuration;
using RemoteSigning.Sam.Options;

namespace RemoteSigning.Sam.Commands;

/// <summary><c>admin status</c>: what a node is, from its files alone; the HSM is not asked, and the node may run.</summary>
internal static class AdminStatusCommand
{
    public const string Help =
        """
        admin status --config FILE

        Shows a node from its files: name, whether it runs, the epoch of the last record, versions and digests of the
        configuration, the fingerprint of sam_infrastructure.json, the newest signed heads of the logs, and the number of
        licences that a product licensed by nodes and modules would need (max of both). Needs no PIN. Digests and
        fingerprint are the same on all nodes of a module, but for the static configuration's.
        """;

    public static int Run(IReadOnlyList<string> arguments, TextWriter output)
    {
        SamOptions options = SamHost.ReadOptions(new Arguments("admin status", arguments, "--config").Required("--config"));
        NodeConfiguration configuration = ConfigurationStore.Read(options);
        Infrastructure infrastructure = Infrastructure.Load(options, configuration.Registry.Node);
        (TreeHead? service, string? _) = ReadLog(AuditLogNames.Service, options.LogFile);
        (TreeHead? administration, string? epoch) = ReadLog(AuditLogNames.Administration, options.AdministrationLogFile);
        Write("node", configuration.Registry.Node);
        Write("program", StatusEndpoint.Version);
        Write("runs", IsLocked(options) ? "yes" : "no");
        Write("epoch", epoch ?? "none yet");
        Write("static configuration", configuration.StaticDigest);
        Write("dynamic configuration", configuration.DynamicDigest);
        Write("dynamic configuration's version", configuration.Registry.Version.ToString(CultureInfo.InvariantCulture));
        Write("dual control", configuration.Static.DualControl ? "yes" : "no");
        Write("infrastructure's version", infrastructure.Version.ToString(CultureInfo.InvariantCulture));
        Write("infrastructure", InfrastructureFile.Group(infrastructure.Fingerprint));
        Write("service log's head", service?.Name ?? "none yet");
        Write("administration log's head", administration?.Name ?? "none yet");
        Write("licences", LicenceFigure.Of(1 + configuration.Registry.Peers.Count, 1 + options.Hsm.Standby.Count).ToString(CultureInfo.InvariantCulture));
        return 0;

        void Write(string name, string value) => output.WriteLine($"{name}: {value}");
    }

    /// <summary>The newest head of a log with all its files, and the epoch of its last record.</summary>
    private static (TreeHead? Head, string? Epoch) ReadLog(string? name, string live)
    {
        string? epoch = null;
        var reader = new LogReader(name, Path.GetTempPath());
        foreach (string file in LogFiles.Find(live))
        {
            using Stream stream = LogFiles.Read(file);
            reader.Read(stream, null, record => epoch = record.Epoch, (_, _) => { });
        }

        return (reader.Head, epoch);
    }

    private static bool IsLocked(SamOptions options)
    {
        try
        {
            using FileStream file = new(Path.Combine(options.DataFolder, "sam.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
