using System.Diagnostics;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Server.Peers;
using RemoteSigning.Server.Telemetry;

namespace RemoteSigning.Server.Signing;

/// <summary>
/// Has the authorization server mint a SAM SAD for exactly these digests, has the SAM sign, and lets nothing out
/// before signatures and proof were checked and the proof was stored.
/// </summary>
internal sealed partial class SignatureCreation(
    AuthorizationClient authorization,
    SamNodes sams,
    ReceiptStore receipts,
    ServerMetrics metrics,
    TimeProvider clock,
    ILogger<SignatureCreation> logger)
{
    /// <summary>
    /// Signature values in the order of the digests, of whichever node is up. Another node is tried, with another SAD, only when
    /// it is certain that this one made no signature; when nobody knows, nothing is tried again.
    /// </summary>
    /// <exception cref="PeerException">There are none.</exception>
    public Task<IReadOnlyList<byte[]>> SignAsync(SignatureOrder order, CancellationToken cancel) => order.Consent is { } consent
        ? SignApprovedAsync(order, consent.Place)
        : sams.TryEachAsync(node => SignAtAsync(order, node, cancel), LogNextNode);

    /// <summary>Has the authorization server write what a device is to approve: exactly these digests, for a node that is up.</summary>
    /// <exception cref="PeerException">Nothing is written.</exception>
    public Task<(ApprovalPlace Place, ApprovalContent Approval)> PrepareAsync(SignatureOrder order, CancellationToken cancel) => sams.TryEachAsync(
        async node =>
        {
            SamStatus status = await node.GetAsync(cancel);
            ApprovalContent approval = await authorization.PrepareApprovalAsync(Ask(order, status.Node, status.Epoch), CancellationToken.None);
            return (new ApprovalPlace(approval.Approval, status.Epoch, status.Node), approval);
        },
        LogNextNode);

    /// <summary>
    /// A device approved for one node and epoch. A SAD that grew old on its way is minted anew, once, over the same content; whatever else
    /// fails ends what the device approved.
    /// </summary>
    private async Task<IReadOnlyList<byte[]>> SignApprovedAsync(SignatureOrder order, ApprovalPlace place)
    {
        SamNode node = sams.All.FirstOrDefault(n => n.Name == place.Node) ?? throw new PeerException(
            AuthorizationClient.Name, PeerOutcome.Refused, Problem.InvalidRequest, ProblemCodes.ContentUnknown, "No such node is configured.");
        try
        {
            return await SignOnceAsync(order, node.Client, place.Node, place.Epoch, mayComeAgain: true);
        }
        catch (PeerException refusal) when (IsTooLate(refusal))
        {
            return await SignOnceAsync(order, node.Client, place.Node, place.Epoch);
        }
        catch (PeerException refusal) when (refusal is { Peer: SamClient.Name, Outcome: PeerOutcome.NotSent })
        {
            node.NoteFailure();
            throw;
        }
    }

    private static bool IsTooLate(PeerException refusal) =>
        refusal is { Peer: SamClient.Name, Outcome: PeerOutcome.Refused, Code: ProblemCodes.SadExpired };

    private async Task<IReadOnlyList<byte[]>> SignAtAsync(SignatureOrder order, SamNode node, CancellationToken cancel)
    {
        SamStatus status = await node.GetAsync(cancel);
        try
        {
            return await SignOnceAsync(order, node.Client, status.Node, status.Epoch);
        }
        catch (PeerException refusal) when (
            refusal is { Peer: SamClient.Name, Outcome: PeerOutcome.Refused, Code: ProblemCodes.SadWrongEpoch or ProblemCodes.SadWrongNode or ProblemCodes.SadExpired })
        {
            // The node began a new epoch, or the SAD grew old on its way: units are back, so one new SAD may be minted.
            SamStatus fresh = await node.RefreshAsync(status, cancel);
            LogNewEpoch(fresh.Node, fresh.Epoch);
            return await SignOnceAsync(order, node.Client, fresh.Node, fresh.Epoch);
        }
    }

    /// <remarks>
    /// From here on the caller may go away: units are taken, and whether a signature was made has to be known, told
    /// and stored. The deadlines are those of the connections.
    /// </remarks>
    private async Task<IReadOnlyList<byte[]>> SignOnceAsync(
        SignatureOrder order, SamClient sam, string node, string epoch, bool mayComeAgain = false)
    {
        ActivationRequest asked = Ask(order, node, epoch);
        Activation activation = await authorization.ActivateAsync(asked with { Approval = order.Consent?.Place.Id }, CancellationToken.None);
        order.WhenActivated?.Invoke();
        var request = new SignaturesRequest(
            [.. order.Digests.Select(d => new SignatureRequest(d))],
            order.Credential.KeyPair,
            new Signer(order.Credential.Signer),
            asked.Entries[0].SignatureAlgorithm, // One for all of them.
            asked.Entries[0].Parameters,
            order.Credential.Purpose,
            order.Consent?.Answer);
        Signatures signatures = await SendAsync(sam, request, activation, mayComeAgain);

        AuditRecord record = Believe(order, sam, signatures, activation.Jti);
        await StoreAsync(order, signatures.Audit!, activation.Jti, record); // Accept refuses null.
        LogSigned(order.Credential.Id, signatures.Values.Count, activation.Jti, record.Index, Activity.Current?.TraceId.ToHexString());
        return signatures.Values;
    }

    /// <exception cref="PeerException">The answer is not what was asked for, or not proved. Signatures may have been made; none leaves.</exception>
    private AuditRecord Believe(SignatureOrder order, SamClient sam, Signatures signatures, string jti)
    {
        try
        {
            AuditRecord record = sam.Log.Accept(signatures.Audit);
            SignatureCheck.Demand(order, signatures.Values, jti, record);
            return record;
        }
        catch (PeerException)
        {
            metrics.Incident(IncidentNames.AnswerDisbelieved);
            throw;
        }
    }

    private static ActivationRequest Ask(SignatureOrder order, string node, string epoch)
    {
        byte[]? parameters = order.Algorithm.Parameters() is { Length: > 0 } der ? der : null;
        return new ActivationRequest(
            order.AccessToken,
            order.Sad,
            order.Credential.Id,
            node,
            epoch,
            [.. order.Digests.Select(d => new ActivationEntry(order.Algorithm.Oid, parameters, d))]);
    }

    /// <summary>Without a stored proof no signature leaves; that one was made must not be lost with it.</summary>
    private async Task StoreAsync(SignatureOrder order, LogProof proof, string jti, AuditRecord record)
    {
        try
        {
            await receipts.StoreSignaturesAsync(order.Credential.Id, proof, record, clock.GetUtcNow(), CancellationToken.None);
        }
        catch (Exception failure)
        {
            metrics.Incident(IncidentNames.ProofNotStored);
            LogNotStored(
                order.Digests.Count, order.Credential.Id, jti, record.Index, Activity.Current?.TraceId.ToHexString(), failure.GetBaseException().Message);
            throw;
        }
    }

    /// <param name="mayComeAgain">A SAD that was too old is not reported: another one follows, and a report would end what the device approved.</param>
    private async Task<Signatures> SendAsync(SamClient sam, SignaturesRequest request, Activation activation, bool mayComeAgain)
    {
        try
        {
            return await sam.SignAsync(request, activation.SamSad, CancellationToken.None);
        }
        catch (PeerException failure)
        {
            switch (failure)
            {
                case var _ when mayComeAgain && IsTooLate(failure):
                    break;
                case { Outcome: PeerOutcome.NotSent }:
                    await ReportAsync(new ActivationOutcome(activation.Jti, ActivationOutcome.NotSent));
                    break;
                case { Outcome: PeerOutcome.Refused, Evidence: { } evidence }:
                    await ReportAsync(new ActivationOutcome(activation.Jti, ActivationOutcome.Refused, evidence));
                    break;
                default:
                    metrics.Incident(IncidentNames.OutcomeUnknown);
                    LogUnknown(activation.Jti, failure.Message);
                    break;
            }

            throw;
        }
    }

    /// <summary>Gives the units back. When that fails they are lost, which harms nobody but the signer's count.</summary>
    private async Task ReportAsync(ActivationOutcome outcome)
    {
        try
        {
            await authorization.ReportAsync(outcome, CancellationToken.None);
        }
        catch (PeerException failure)
        {
            metrics.Incident(IncidentNames.UnitsNotReturned);
            LogNotReported(outcome.Jti, outcome.Outcome, failure.Message);
        }
    }

    [LoggerMessage(6101, LogLevel.Information, "Signed {Count} digests with credential {Credential}, SAD {Jti}, record {Index}, trace {TraceId}")]
    private partial void LogSigned(string credential, int count, string jti, long index, string? traceId);

    [LoggerMessage(6102, LogLevel.Information, "The SAM is node {Node} in epoch {Epoch} now; one new SAD is minted")]
    private partial void LogNewEpoch(string node, string epoch);

    [LoggerMessage(6106, LogLevel.Warning, "SAM node {Node} cannot sign now, the next one is asked: {Text}")]
    private partial void LogNextNode(string node, string text);

    [LoggerMessage(6103, LogLevel.Error, "What became of SAD {Jti} is unknown, its units stay taken: {Text}")]
    private partial void LogUnknown(string jti, string text);

    [LoggerMessage(6104, LogLevel.Error, "The units of SAD {Jti} ({Outcome}) could not be given back: {Text}")]
    private partial void LogNotReported(string jti, string outcome, string text);

    [LoggerMessage(6105, LogLevel.Error,
        "The SAM has signed {Count} digests with credential {Credential} (SAD {Jti}, record {Index}), but its proof could not be stored, so the signatures are withheld and the units stay taken, trace {TraceId}: {Cause}")]
    private partial void LogNotStored(int count, string credential, string jti, long index, string? traceId, string cause);
}
