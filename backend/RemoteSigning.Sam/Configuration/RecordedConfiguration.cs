using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Sam.Configuration;

/// <summary>The configuration that the audit log names last: what a start must find again.</summary>
internal sealed record RecordedConfiguration(int Version, string DynamicDigest, string StaticDigest, bool DualControl)
{
    /// <summary>What this record says of the configuration, or null when it says nothing.</summary>
    public static RecordedConfiguration? From(AuditRecord record) => record is
    {
        Outcome: "success",
        Event: AuditEvents.Start or AuditEvents.Configure or AuditEvents.Import,
        ConfigurationVersion: { } version,
        ConfigurationDigest: { } dynamicDigest,
        StaticDigest: { } staticDigest,
        DualControl: { } dualControl,
    }
        ? new RecordedConfiguration(version, dynamicDigest, staticDigest, dualControl)
        : null;
}
