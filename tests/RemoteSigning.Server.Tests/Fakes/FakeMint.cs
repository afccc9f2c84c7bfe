using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Server.Tests.Fakes;

/// <summary>Writes what is approved, and the SADs over it.</summary>
internal static class FakeMint
{
    /// <param name="notAfter">Unix seconds.</param>
    public static string Content(ActivationRequest request, FakeTransaction transaction, string key, string name, string client, long notAfter)
    {
        int count = request.Entries.Count;
        string set = Base64Url.EncodeToString(ActivationSet.Digest(request.Entries));
        string display = Base64Url.EncodeToString(ActivationDisplay.Digest(client, transaction.Description, count, set));
        return JsonSerializer.Serialize(
            new ActivationContent(
                ActivationContent.CurrentVersion, request.Node, request.Epoch, name, transaction.Signer, key, count, set, client, display, notAfter),
            ActivationJson.Default.ActivationContent);
    }

    /// <param name="now">Unix seconds.</param>
    /// <param name="life">Seconds.</param>
    public static string Mint(
        ActivationRequest request, CredentialRegistration credential, string jti, string content, long now, int life, ECDsa key)
    {
        string?[] methods = ["pwd", credential.Pin ? "pin" : null, credential.Otp ? "otp" : null, credential.OtpChannel];
        string level = credential is { Otp: true, OtpChannel: null or OtpChannels.Sms } ? AssuranceLevel.Substantial : AssuranceLevel.Low;
        var claims = new SadClaims(
            FakeAuthorization.Issuer, request.Node, request.Epoch, jti, now, now + life, level, [.. methods.OfType<string>()], content);
        return CompactJws.Sign(
            SadClaims.JwsType, "key-1", JsonSerializer.SerializeToUtf8Bytes(claims, ActivationJson.Default.SadClaims), key);
    }
}
