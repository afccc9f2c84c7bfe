using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Agent.Core.Card;

namespace RemoteSigning.Agent.Core.Control;

/// <summary>Puts a credential into words.</summary>
internal static class CredentialDescription
{
    private const byte RsaKey = 1;

    public static CredentialSummary Of(Credential credential)
    {
        X509Certificate2 certificate = credential.Certificate;
        string key = credential.OnCard.KeyType == RsaKey ? $"RSA-{credential.OnCard.KeyBits}" : $"EC P-{credential.OnCard.KeyBits}";
        return new CredentialSummary(
            credential.Id, credential.Label, Convert.ToHexStringLower(credential.OnCard.CkaId),
            credential.IsSignature ? "signature" : "authentication", key,
            DisplayText.Clean(certificate.Subject, 300), DisplayText.Clean(certificate.Issuer, 300), certificate.SerialNumber,
            certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime(), credential.NeedsPin, credential.NeedsOtp, credential.Unusable);
    }
}
