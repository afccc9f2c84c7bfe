namespace RemoteSigning.Server.Enrollment;

/// <summary>What a signer shows when devices are registered: the operator's code, and the factors for the authorization server.</summary>
internal sealed record DeviceProof(string AccessToken, string Code, string? Pin, string? Otp)
{
    /// <summary>Hides its values: records print them.</summary>
    public override string ToString() => nameof(DeviceProof);
}
