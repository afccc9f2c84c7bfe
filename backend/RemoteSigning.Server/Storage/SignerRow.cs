namespace RemoteSigning.Server.Storage;

/// <summary>A person who may own credentials, by the id that the authorization server gave.</summary>
internal sealed class SignerRow
{
    public required string Id { get; init; }

    public required string Email { get; init; }

    public required string GivenName { get; init; }

    public required string FamilyName { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}
