using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Server.Applications;
using RemoteSigning.Server.Credentials;
using RemoteSigning.Server.Peers;
using RemoteSigning.Server.Signing;

namespace RemoteSigning.Server.Csc;

/// <summary>
/// <c>credentials/authorize</c> of v2 whose device answers in another place: the factors that are typed in are checked, the content is
/// written, and the client gets a handle instead of a SAD.
/// </summary>
internal sealed partial class ApprovalElsewhere(
    AuthorizationClient authorization, SignatureCreation signing, WaitingApprovalStore approvals, ApprovalNotices notices, ILogger<ApprovalElsewhere> logger)
{
    /// <param name="named">The algorithm that the client wants; null for the key's usual one.</param>
    /// <returns>The handle.</returns>
    /// <exception cref="CscException">The credential has no device, or its devices are asked too often.</exception>
    public async Task<string> BeginAsync(
        Caller caller, Credential credential, TransactionRequest request, SignatureAlgorithm? named, CancellationToken cancel)
    {
        if (!credential.HasDevices)
        {
            throw CscException.InvalidParameter("authData");
        }

        // A device approves hashes, also where the SAD alone would not be bound to them.
        IReadOnlyList<byte[]> hashes = request.Hashes ?? throw CscException.Missing("array", "hash");
        if (hashes.Count != request.NumSignatures)
        {
            throw CscException.Invalid("Invalid value for parameter numSignatures");
        }

        SignatureAlgorithm algorithm = named ?? Usual(credential, hashes);
        credential.DemandFits(algorithm);
        if (hashes.Any(h => h.Length != algorithm.Digest.Length))
        {
            throw CscException.Invalid(CscErrors.DigestLengthText);
        }

        await DemandRoomAsync(credential.Id, cancel);
        Transaction transaction = await authorization.BeginTransactionAsync(request, cancel);
        var order = new SignatureOrder(
            request.AccessToken, caller.Application.ClientId, transaction.Sad, credential, algorithm, hashes);
        (ApprovalPlace place, ApprovalContent content) = await signing.PrepareAsync(order, cancel);
        string handle = await approvals.OpenAsync(order, request.Description, place, content, cancel);
        LogAsked(credential.Id, place.Id, caller.Application.ClientId);
        notices.Begin(new ApprovalNoticeRequest(request.AccessToken, credential.Id, request.NumSignatures, credential.Label, request.Description));
        return handle;
    }

    /// <summary>What can be refused without factors comes before them.</summary>
    private async Task DemandRoomAsync(string credentialId, CancellationToken cancel)
    {
        if (await approvals.IsLockedAsync(credentialId, cancel))
        {
            throw CscErrors.Locked();
        }

        if (await approvals.FindWaitAsync(credentialId, cancel) is { } wait)
        {
            throw CscErrors.TooManyRequests(wait);
        }
    }

    /// <summary>v2 names no signature algorithm here, so it is what the key's first one for such hashes is.</summary>
    private static SignatureAlgorithm Usual(Credential credential, IReadOnlyList<byte[]> hashes)
    {
        DigestAlgorithm digest = KeyInfo.Digests.First(d => d.Length == hashes[0].Length); // Others were refused.
        return new SignatureAlgorithm(
            credential.Key.Fits(SignatureScheme.Ecdsa) ? SignatureScheme.Ecdsa : SignatureScheme.RsaPkcs1, digest);
    }

    [LoggerMessage(6120, LogLevel.Information, "A device of credential {Credential} is to approve {Approval} for {Application}")]
    private partial void LogAsked(string credential, string approval, string application);
}
