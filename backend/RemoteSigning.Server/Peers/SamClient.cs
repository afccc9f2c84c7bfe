using System.Net.Http.Headers;
using System.Text.Json.Serialization.Metadata;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Server.Telemetry;

namespace RemoteSigning.Server.Peers;

/// <summary>
/// One node of the SAM. Each request tells the newest head of its log that was seen here, and the proof in each answer, also
/// in a refusal, is checked before the answer is believed. Heads that come without a receipt are kept here.
/// </summary>
internal sealed partial class SamClient(HttpClient http, SamLog log, LogHeadStore heads, ServerMetrics metrics, ILogger<SamClient> logger)
{
    public const string Name = "The SAM";

    private static readonly SamJson Json = SamJson.Default;
    private readonly Peer _peer = new(Name, http);

    /// <summary>What is known of this node's log.</summary>
    public SamLog Log => log;

    public async Task<SamStatus> GetStatusAsync(CancellationToken cancel)
    {
        SamStatus status = await GuardAsync(() => _peer.GetAsync("/sam/v1/status", Json.SamStatus, AddHead, cancel));
        if (!log.IsSignedBy(status.AuditPublicKey))
        {
            throw PeerException.Unbelievable(Name, "The SAM names another audit key than the configured one.");
        }

        if (status.Node != log.Node)
        {
            throw PeerException.Unbelievable(Name, $"The SAM says that it is the node {status.Node}, not {log.Node}.");
        }

        if (status.Head is { } head)
        {
            log.Accept(head);
            await heads.KeepAsync(log);
        }

        return status;
    }

    public Task<KeyPair> GenerateAsync(GenerateKeyPairRequest request, CancellationToken cancel) =>
        SendAsync(HttpMethod.Post, "/sam/v1/key_pairs", request, Json.GenerateKeyPairRequest, Json.KeyPair, k => k.Audit, cancel);

    /// <param name="skad">The SKAD, compact; null for a key without devices.</param>
    public Task<KeyPair> AssignAsync(AssignKeyPairRequest request, string? skad, CancellationToken cancel) => SendAsync(
        HttpMethod.Post, "/sam/v1/signers/$body/key_pairs", request, Json.AssignKeyPairRequest, Json.KeyPair, k => k.Audit, cancel, skad);

    public Task<KeyPair> ResealAsync(ResealKeyPairRequest request, CancellationToken cancel) => SendAsync(
        HttpMethod.Post, "/sam/v1/key_pairs/$body/reseal", request, Json.ResealKeyPairRequest, Json.KeyPair, k => k.Audit, cancel);

    public Task<ProofOfPossession> ProvePossessionAsync(ProofOfPossessionRequest request, CancellationToken cancel) => SendAsync(
        HttpMethod.Post, "/sam/v1/proofs_of_possession", request, Json.ProofOfPossessionRequest, Json.ProofOfPossession, p => p.Audit, cancel);

    public Task<KeyPair> ChangeStatusAsync(ChangeStatusRequest request, CancellationToken cancel) => SendAsync(
        HttpMethod.Put, "/sam/v1/key_pairs/$body", request, Json.ChangeStatusRequest, Json.KeyPair, k => k.Audit, cancel);

    public Task<DeletedKeyPair> DeleteAsync(DeleteKeyPairRequest request, CancellationToken cancel) => SendAsync(
        HttpMethod.Delete, "/sam/v1/key_pairs/$body", request, Json.DeleteKeyPairRequest, Json.DeletedKeyPair, d => d.Audit, cancel);

    /// <param name="sad">The SAM SAD, compact.</param>
    public async Task<Signatures> SignAsync(SignaturesRequest request, string sad, CancellationToken cancel)
    {
        void AddHeaders(HttpRequestHeaders headers)
        {
            AddHead(headers);
            headers.Add(SadClaims.HeaderName, sad);
        }

        return await GuardAsync(() => _peer.SendAsync(
            HttpMethod.Post, "/sam/v1/signatures", request, Json.SignaturesRequest, Json.Signatures, AddHeaders, cancel));
    }

    private async Task<TAnswer> SendAsync<TRequest, TAnswer>(
        HttpMethod method,
        string path,
        TRequest request,
        JsonTypeInfo<TRequest> requestType,
        JsonTypeInfo<TAnswer> answerType,
        Func<TAnswer, LogProof?> proof,
        CancellationToken cancel,
        string? skad = null)
    {
        void AddHeaders(HttpRequestHeaders headers)
        {
            AddHead(headers);
            if (skad is not null)
            {
                headers.Add(SkadClaims.HeaderName, skad);
            }
        }

        TAnswer answer = await GuardAsync(() => _peer.SendAsync(method, path, request, requestType, answerType, AddHeaders, cancel));
        log.Accept(proof(answer));
        return answer;
    }

    /// <summary>
    /// The evidence in a refusal is checked like the proof in an answer, and its head kept. A log that does not know the
    /// head that was shown is another one: its own head must never take that one's place, however long it is.
    /// </summary>
    private async Task<TAnswer> GuardAsync<TAnswer>(Func<Task<TAnswer>> send)
    {
        try
        {
            return await send();
        }
        catch (PeerException refusal) when (refusal.Evidence is { } evidence)
        {
            if (refusal.Code == ProblemCodes.HeadUnknown)
            {
                metrics.Incident(IncidentNames.LogRewritten);
                LogOtherLog(log.Node, log.Header);
                throw;
            }

            log.Accept(evidence);
            await heads.KeepAsync(log);
            throw;
        }
    }

    private void AddHead(HttpRequestHeaders headers)
    {
        if (log.Header is { } head)
        {
            headers.Add(TreeHead.HeaderName, head);
        }
    }

    [LoggerMessage(6302, LogLevel.Critical,
        "The log of the SAM's node {Node} does not know a head that was seen of it, {Head} or one before: it was cut or rewritten, and nothing more is believed of it")]
    private partial void LogOtherLog(string node, string? head);
}
