using System.Buffers.Text;
using System.Text.Json;
using RemoteSigning.Authorization.Keys;
using RemoteSigning.Authorization.Options;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Authorization.Api;

/// <summary>Makes SAM SADs: the signed word that these entries were approved, for one node and one use.</summary>
internal sealed class SadMint(AuthorizationKeys keys, AuthorizationOptions options, TimeProvider clock)
{
    /// <param name="approved">The content that a device approved; a new one for this SAD alone when there is none.</param>
    public Contracts.Authorization.Activation Mint(TransactionRow transaction, ActivationRequest request, string? approved = null)
    {
        string jti = Secrets.NewId();
        long now = clock.GetUtcNow().ToUnixTimeSeconds();
        long expires = now + options.Limits.ActivationSeconds;
        var claims = new SadClaims(
            options.Issuer,
            request.Node,
            request.Epoch,
            jti,
            now,
            expires,
            transaction.Acr,
            transaction.Amr.Split(' '),
            approved ?? Content(transaction, transaction.Id, request, expires));
        byte[] payload = JsonSerializer.SerializeToUtf8Bytes(claims, ActivationJson.Default.SadClaims);
        return new Contracts.Authorization.Activation(jti, keys.SignSad(payload));
    }

    /// <summary>The string that is approved; whoever checks it later takes it as it stands.</summary>
    /// <param name="transaction">With its credential.</param>
    /// <param name="name">What the SAM knows the transaction as.</param>
    /// <param name="notAfter">Unix seconds.</param>
    public static string Content(TransactionRow transaction, string name, ActivationRequest request, long notAfter)
    {
        string setDigest = Base64Url.EncodeToString(ActivationSet.Digest(request.Entries));
        int count = request.Entries.Count;
        byte[] display = ActivationDisplay.Digest(transaction.ClientId, transaction.Description, count, setDigest);
        var content = new ActivationContent(
            ActivationContent.CurrentVersion,
            request.Node,
            request.Epoch,
            name,
            transaction.Signer,
            transaction.Credential!.KeyId, // Whoever found the transaction has loaded it.
            count,
            setDigest,
            transaction.ClientId,
            Base64Url.EncodeToString(display),
            notAfter);
        return JsonSerializer.Serialize(content, ActivationJson.Default.ActivationContent);
    }
}
