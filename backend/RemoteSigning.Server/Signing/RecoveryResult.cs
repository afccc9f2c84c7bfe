namespace RemoteSigning.Server.Signing;

/// <summary>What came of a recovery.</summary>
/// <param name="Read">Records of the log.</param>
/// <param name="Records">Records of signatures that are stored now and were not before.</param>
/// <param name="Signatures">How many signatures these are.</param>
/// <param name="Foreign">Records of signatures with keys that this server does not have (any more): not counted.</param>
internal sealed record RecoveryResult(long Read, long Records, long Signatures, long Foreign);
