using Microsoft.Extensions.Logging.Abstractions;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Cryptoki;
using RemoteSigning.Sam.Audit;
using RemoteSigning.Sam.Configuration;
using RemoteSigning.Sam.Options;

namespace RemoteSigning.Sam.Commands;

/// <summary>
/// The record of a command that writes the infrastructure file, in the administration log of the node, which must not run. It is
/// durable before the file is in place, so nothing that the command made is ever used without it.
/// </summary>
/// <param name="Event">One of <see cref="AuditEvents"/>.</param>
/// <param name="Reason">What was done.</param>
internal sealed record CommandRecord(string Event, string Reason)
{
    /// <param name="infrastructure">As it is to be.</param>
    /// <exception cref="StartException">The node runs or is locked, its files do not verify, or its token is another.</exception>
    /// <exception cref="Contracts.ProblemException">The record cannot be written.</exception>
    public void Write(SamOptions options, string node, Infrastructure infrastructure, Hsm hsm, SamSeams seams)
    {
        using FileStream held = NodeFolder.Lock(options.DataFolder);
        using var keys = new TokenKeys(hsm, infrastructure);
        using NodeFiles files = NodeFiles.Open(options, node, keys.AuditKey, keys.FloorMac, seams);
        files.RefuseLocked();
        using var log = new AuditLog(node, files.Administration, keys.SignHead, seams.Clock, NullLogger<AuditLog>.Instance);
        log.AppendAsync(new AuditRecord
        {
            V = AuditRecord.CurrentVersion,
            Index = 0,
            Node = node,
            Epoch = Sad.EpochKeeper.Draw(),
            Time = "",
            Event = Event,
            Outcome = "success",
            Reason = $"{Reason}; {files.Findings}",
            InfrastructureDigest = infrastructure.Fingerprint,
            OperatingSystemUser = OperatingSystemUser.Name,
        }).GetAwaiter().GetResult();
    }
}
