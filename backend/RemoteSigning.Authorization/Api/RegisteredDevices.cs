using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Authorization.Api;

/// <summary>
/// What a SKAD is minted for: devices that answered exactly this content at one of its origins. Whether their answers hold, only
/// the SAM looks.
/// </summary>
internal static class RegisteredDevices
{
    private const int LongestClientData = 4096;
    private const int LongestAttestation = 8192;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <summary>The digests that the SKAD vouches for, in their order.</summary>
    /// <param name="most">0 for a key of policy delegated, which has none.</param>
    /// <exception cref="ProblemException">A registration is not one for this content, or one stands twice.</exception>
    public static IReadOnlyList<byte[]> Demand(string content, int most, IReadOnlyList<DeviceRegistration> devices)
    {
        if (most == 0)
        {
            return devices.Count == 0 ? [] : throw Names.Malformed("No device belongs to this registration.");
        }

        if (devices.Count == 0 || devices.Count > most || devices.Any(d => d is null or { ClientDataJson: null } or { AttestationObject: null }))
        {
            throw Names.Malformed($"devices holds 1 to {most} registrations.");
        }

        byte[] challenge = Encoding.ASCII.GetBytes(Base64Url.EncodeToString(DeviceChallenge.ForAssignment(content)));
        IReadOnlyList<string> origins = JsonSerializer.Deserialize(content, ActivationJson.Default.AssignmentContent)?.Origins ?? [];
        if (!devices.All(d => Answers(d, challenge, origins)))
        {
            throw Invalid("A device did not answer the content of this registration.");
        }

        byte[][] digests = [.. devices.Select(d => d.Digest())];
        return digests.DistinctBy(Convert.ToHexString).Count() == digests.Length ? digests : throw Invalid("A device is there twice.");
    }

    private static bool Answers(DeviceRegistration device, byte[] challenge, IReadOnlyList<string> origins)
    {
        if (device.ClientDataJson.Length > LongestClientData || device.AttestationObject.Length is 0 or > LongestAttestation)
        {
            return false;
        }

        try
        {
            using JsonDocument data = JsonDocument.Parse(device.ClientDataJson, Strict);
            return Text(data, "type") == "webauthn.create"
                && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Text(data, "challenge")), challenge)
                && origins.Contains(Text(data, "origin"), StringComparer.Ordinal);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or not text where text belongs: no answer.
            return false;
        }
    }

    private static string Text(JsonDocument data, string member) =>
        data.RootElement.TryGetProperty(member, out JsonElement value) ? value.GetString() ?? "" : "";

    private static ProblemException Invalid(string text) => new(Problem.InvalidRequest, ProblemCodes.DeviceInvalid, text);
}
