using System.Security.Cryptography;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Authorization.Tests;

/// <summary>An approved transaction and what can be done with it.</summary>
internal sealed record ActivationCase(TestServer Server, TestSigner Signer, string Credential, string Sad)
{
    public static readonly string Epoch = new('e', 32);

    public static async Task<ActivationCase> ApproveAsync(
        TestServer server, TestSigner signer, int count = 1, string scal = "1", Func<TransactionRequest, TransactionRequest>? change = null)
    {
        string credential = await signer.AddCredentialAsync(scal: scal);
        var request = new TransactionRequest(signer.Token, credential, count, Pin: signer.Pin);
        Transaction transaction = await server.Ssa.ApproveAsync(change?.Invoke(request) ?? request);
        return new ActivationCase(server, signer, credential, transaction.Sad);
    }

    public static ActivationEntry Entry(byte[]? digest = null) =>
        new(Oids.Sha256WithRsa, null, digest ?? RandomNumberGenerator.GetBytes(32));

    public ActivationRequest Request(params ActivationEntry[] entries) =>
        new(Signer.Token, Sad, Credential, TestServer.Node, Epoch, entries.Length == 0 ? [Entry()] : entries);

    public Task<string> TryAsync(Func<ActivationRequest, ActivationRequest>? change = null) =>
        Server.Ssa.TryActivateAsync(change?.Invoke(Request()) ?? Request());

    /// <summary>Activates with this many fresh entries.</summary>
    public Task<string> TryAsync(int entries) =>
        Server.Ssa.TryActivateAsync(Request([.. Enumerable.Range(0, entries).Select(_ => Entry())]));

    public Task<string> TryAsync(params byte[][] digests) =>
        Server.Ssa.TryActivateAsync(Request([.. digests.Select(Entry)]));
}
