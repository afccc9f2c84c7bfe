using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using RemoteSigning.Contracts;

namespace RemoteSigning.Sam.Devices;

/// <summary>
/// For whom devices answer: an RP ID, and the exact origins under it that may ask. It is for activation only; nobody
/// signs in there, so that no sign-in can be turned into an approval.
/// </summary>
internal sealed partial record RelyingParty(byte[] RpIdHash, IReadOnlyList<string> Origins)
{
    private const int LongestName = 253;
    private const int LongestOrigin = 255;

    /// <summary>Checks what an authorization server chose; origins are https, and on the RP ID's host or below it.</summary>
    /// <exception cref="ProblemException">They are not.</exception>
    public static RelyingParty Create(string? rpId, IReadOnlyList<string>? origins)
    {
        if (rpId is not { Length: <= LongestName } || !HostName.IsMatch(rpId))
        {
            throw DeviceRefusal.Because("the RP ID is not the name of a host");
        }

        return origins is { Count: > 0 and <= Device.MostOrigins } && origins.All(o => IsOriginOf(rpId, o))
            ? new RelyingParty(SHA256.HashData(Encoding.ASCII.GetBytes(rpId)), [.. origins])
            : throw DeviceRefusal.Because("there are not 1 to 4 https origins of the RP ID");
    }

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex HostName { get; }

    private static bool IsOriginOf(string rpId, string? origin) =>
        origin is { Length: <= LongestOrigin }
        && Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri)
        && uri.Scheme == Uri.UriSchemeHttps
        && uri.UserInfo.Length == 0
        && uri.GetLeftPart(UriPartial.Authority) == origin
        && (uri.Host == rpId || uri.Host.EndsWith($".{rpId}", StringComparison.Ordinal));
}
