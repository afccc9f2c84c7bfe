namespace RemoteSigning.Agent.Commands;

/// <summary>Words that several commands share.</summary>
internal static class StatusText
{
    public const string NotSignedIn = "Nobody is signed in, so the card is empty. Sign in with: virtual-card login";

    public const string NoCredentials =
        "You are signed in, but this account has no credential that the card can use. Ask whoever runs the server to enroll you.";

    public static string Count(int credentials) => credentials == 1 ? "1 credential" : $"{credentials} credentials";
}
