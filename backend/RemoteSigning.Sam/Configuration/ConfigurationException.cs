namespace RemoteSigning.Sam.Configuration;

/// <summary>A configuration file is refused. The message is exact and holds no secret: it is for whoever wrote the file.</summary>
/// <param name="isMalformed">It is not the JSON that is expected; otherwise what it says cannot be.</param>
internal sealed class ConfigurationException(string message, bool isMalformed = false, Exception? cause = null) : Exception(message, cause)
{
    public bool IsMalformed => isMalformed;
}
