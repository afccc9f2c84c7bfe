using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Server.Credentials;

namespace RemoteSigning.Server.Csc;

/// <summary>
/// Whether an answer can be one of this credential's devices to this content, so that a client does not wait for what the SAM would refuse.
/// Origin, RP ID and signature only the SAM looks at, which looks at all the rest again.
/// </summary>
internal static class DeviceAnswerCheck
{
    private const int FlagsOffset = 32; // Behind the RP ID's hash (WebAuthn, 6.1).
    private const int ShortestData = 37;
    private const byte PresentAndVerified = 0x05;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    public static bool Fits(Credential credential, string content, DeviceApproval answer) =>
        credential.Devices.Any(d => d.AsSpan().SequenceEqual(answer.CredentialId))
        && answer.AuthenticatorData.Length >= ShortestData
        && (answer.AuthenticatorData[FlagsOffset] & PresentAndVerified) == PresentAndVerified
        && Answers(answer.ClientDataJson, DeviceChallenge.ForActivation(content));

    private static bool Answers(byte[] clientData, byte[] challenge)
    {
        try
        {
            using JsonDocument data = JsonDocument.Parse(clientData, Strict);
            return Text(data, "type") == "webauthn.get"
                && CryptographicOperations.FixedTimeEquals(
                    Encoding.UTF8.GetBytes(Text(data, "challenge")), Encoding.ASCII.GetBytes(Base64Url.EncodeToString(challenge)));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or not text where text belongs: no answer.
            return false;
        }
    }

    private static string Text(JsonDocument data, string member) =>
        data.RootElement.TryGetProperty(member, out JsonElement value) ? value.GetString() ?? "" : "";
}
