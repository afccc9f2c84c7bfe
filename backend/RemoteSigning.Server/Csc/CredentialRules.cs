using RemoteSigning.Server.Credentials;

namespace RemoteSigning.Server.Csc;

/// <summary>What has to hold before anything is approved with a credential.</summary>
internal static class CredentialRules
{
    public static void DemandUsable(this Credential credential, DateTimeOffset now)
    {
        if (!credential.Enabled)
        {
            throw CscException.Invalid(CscErrors.DisabledText);
        }

        if (credential.IsExpired(now))
        {
            throw CscException.Invalid(CscErrors.CertificateStatusText);
        }
    }
}
