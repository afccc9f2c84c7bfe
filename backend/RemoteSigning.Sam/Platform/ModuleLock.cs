using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Sam.Platform;

/// <summary>
/// Whether the module is locked after tampering. The logs say so for good: the newest record of a lock or an unlock
/// decides, and a start of a locked module is refused.
/// </summary>
internal sealed class ModuleLock
{
    private volatile bool _isLocked;

    public bool IsLocked => _isLocked;

    public void Close() => _isLocked = true;

    /// <summary>What a record says of the lock; null when nothing.</summary>
    public static bool? Read(AuditRecord record) => record switch
    {
        { Event: AuditEvents.LockModule } => true,
        { Event: AuditEvents.UnlockModule, Outcome: "success" } => false,
        _ => null,
    };
}
