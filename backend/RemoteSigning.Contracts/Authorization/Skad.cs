namespace RemoteSigning.Contracts.Authorization;

/// <summary>A minted SKAD.</summary>
/// <param name="Jti">Its id.</param>
/// <param name="SamSkad">The compact JWS for the header <c>X-SAM-SKAD</c>.</param>
public sealed record Skad(string Jti, string SamSkad);
