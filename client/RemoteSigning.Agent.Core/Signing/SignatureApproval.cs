namespace RemoteSigning.Agent.Core.Signing;

/// <summary>Consent, with the factors that were asked for; disposing it zeroes them.</summary>
public sealed record SignatureApproval(Secret? Pin, Secret? Otp) : IDisposable
{
    public void Dispose()
    {
        Pin?.Dispose();
        Otp?.Dispose();
    }
}
