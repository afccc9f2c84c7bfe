using RemoteSigning.Contracts.Algorithms;
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

    /// <summary>Whether the key can be used with the algorithm.</summary>
    public static void DemandFits(this Credential credential, SignatureAlgorithm algorithm)
    {
        if (!credential.Key.Fits(algorithm.Scheme))
        {
            throw CscException.InvalidParameter("signAlgo");
        }

        if (!credential.Key.HasRoomFor(algorithm))
        {
            throw CscException.InvalidParameter("signAlgoParams");
        }
    }
}
