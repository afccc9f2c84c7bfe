using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace RemoteSigning.Pki.Options;

/// <summary>All rules of the section <c>Pki</c>, in one place, checked before anything starts.</summary>
internal sealed partial class PkiOptionsValidator : IValidateOptions<PkiOptions>
{
    private const int HighestRate = 100_000;

    public ValidateOptionsResult Validate(string? name, PkiOptions options)
    {
        var failures = new List<string>();
        void Require(bool holds, string sentence)
        {
            if (!holds)
            {
                failures.Add(sentence);
            }
        }

        Require(IsAddress(options.Listen, Uri.UriSchemeHttps), "Pki:Listen must be https://IP-address:port.");
        Require(IsAddress(options.PublicListen, Uri.UriSchemeHttp), "Pki:PublicListen must be http://IP-address:port.");
        Require(
            options.PublicUrl is { IsAbsoluteUri: true, Query: "", Fragment: "", UserInfo: "" } url && url.Scheme == Uri.UriSchemeHttp,
            "Pki:PublicUrl must be an http address: clients check revocation without TLS, or they would have to check that first.");
        Require(options.Tls.Certificate.Length > 0 && options.Tls.Key.Length > 0, "Pki:Tls needs Certificate and Key.");
        Require(options.DataFolder.Length > 0, "Pki:DataFolder is missing.");
        Require(options.Database.Length > 0, "Pki:Database is missing.");
        Require(
            options.Hsm.Module.Length > 0 && options.Hsm.TokenLabel.Length > 0 && options.Hsm.PinFile.Length > 0,
            "Pki:Hsm needs Module, TokenLabel and PinFile.");
        Require(options.Organization.Length is > 0 and <= 50, "Pki:Organization must have 1 to 50 characters.");
        Require(
            options.RegistrationAuthorities.All(a => a.Id.Length > 0 && a.PublicKey.Length > 0),
            "Each of Pki:RegistrationAuthorities needs Id and PublicKey (a PEM file).");
        Require(
            options.RegistrationAuthorities.Select(a => a.Id).Distinct().Count() == options.RegistrationAuthorities.Count,
            "Two of Pki:RegistrationAuthorities have the same Id.");
        Require(options.PolicyOid.Length == 0 || DottedOid().IsMatch(options.PolicyOid), "Pki:PolicyOid must be a dotted OID.");
        Require(options.CertificateLifetime >= TimeSpan.FromHours(1), "Pki:CertificateLifetime must be an hour or more.");
        Require(options.OcspLifetime >= TimeSpan.FromMinutes(1), "Pki:OcspLifetime must be a minute or more.");
        Require(
            options.CrlRefresh > TimeSpan.Zero && options.CrlLifetime > options.CrlRefresh,
            "Pki:CrlLifetime must be longer than Pki:CrlRefresh, or lists would expire before they are renewed.");
        ValidateTimestamping(options.Timestamping, Require);
        failures.AddRange(options.Health.Flaws("Pki:Health"));
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static void ValidateTimestamping(TimestampingOptions options, Action<bool, string> require)
    {
        require(!options.IsOffered || DottedOid().IsMatch(options.Policy), "Pki:Timestamping:Policy must be a dotted OID.");
        require(
            options.AcceptedPolicies.All(DottedOid().IsMatch), "Each of Pki:Timestamping:AcceptedPolicies must be a dotted OID.");
        require(
            options.IsOffered || options.AcceptedPolicies.Count == 0,
            "Pki:Timestamping:AcceptedPolicies has no effect without Pki:Timestamping:Policy.");
        require(
            Authority.TimestampKeys.Kinds.Contains(options.Key),
            $"Pki:Timestamping:Key must be one of {string.Join(", ", Authority.TimestampKeys.Kinds)}.");
        require(
            options.Accuracy >= TimeSpan.FromMilliseconds(2) && options.Accuracy <= TimeSpan.FromMinutes(1)
                && options.Accuracy.Ticks % TimeSpan.TicksPerMillisecond == 0,
            "Pki:Timestamping:Accuracy must be whole milliseconds, 2 ms to a minute.");
        require(
            options.RequestsPerSecond is null ? options.Burst is null
                : options.RequestsPerSecond is >= 1 and <= HighestRate && options.Burst is null or (>= 1 and <= HighestRate),
            "Pki:Timestamping:RequestsPerSecond must be 1 to 100,000, and so must Burst, which needs it.");
    }

    private static bool IsAddress(Uri? address, string scheme) =>
        address is { IsAbsoluteUri: true } && address.Scheme == scheme && IPAddress.TryParse(address.Host, out _);

    [GeneratedRegex(@"^([01]\.[1-3]?[0-9]|2\.(0|[1-9][0-9]{0,8}))(\.(0|[1-9][0-9]{0,9})){1,20}$")]
    private static partial Regex DottedOid();
}
