using RemoteSigning.Server.Storage;

namespace RemoteSigning.Server.Signing;

/// <summary>An approval that was asked for with a handle, as the application that asked sees it.</summary>
internal sealed record WaitingApproval(string CredentialId, WaitingApprovalState State, DateTimeOffset ExpiresAt);
