namespace RemoteSigning.Sam.Platform;

/// <summary>Files that systemd hands to one service only (<c>LoadCredential=</c>, <c>LoadCredentialEncrypted=</c>).</summary>
internal static class SystemCredential
{
    private const string Folder = "$CREDENTIALS_DIRECTORY/";

    /// <summary>A path that begins with <c>$CREDENTIALS_DIRECTORY/</c> with that folder in its place.</summary>
    /// <exception cref="StartException">There is no such folder: systemd did not start this process with credentials.</exception>
    public static string Expand(string path)
    {
        if (!path.StartsWith(Folder, StringComparison.Ordinal))
        {
            return path;
        }

        return Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY") is { Length: > 0 } folder
            ? Path.Combine(folder, path[Folder.Length..])
            : throw new StartException($"{path} needs a service with LoadCredential=, but there is no CREDENTIALS_DIRECTORY.");
    }
}
