namespace RemoteSigning.Contracts.Authorization;

/// <summary>A minted SAM SAD.</summary>
/// <param name="Jti">Its id.</param>
/// <param name="SamSad">The compact JWS for the header <c>X-SAM-SAD</c>.</param>
public sealed record Activation(string Jti, string SamSad);
