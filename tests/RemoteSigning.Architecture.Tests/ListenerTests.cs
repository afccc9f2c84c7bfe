using NUnit.Framework;

namespace RemoteSigning.Architecture.Tests;

/// <summary>What is shown of the TLS of one listener (TLS 1.2 and 1.3 only) holds for all, because one function makes them all.</summary>
public sealed class ListenerTests
{
    private const string TheOne = "backend/Hosting/MutualTls.cs";

    [TestCase(".UseHttps(")]
    [TestCase("HttpsConnectionAdapterOptions")]
    [TestCase("AuthenticateAsServer")]
    public void Backend_TlsListeners_AreMadeInOnePlace(string call)
    {
        IEnumerable<string> files =
            from file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "backend"), "*.cs", SearchOption.AllDirectories)
            let path = Path.GetRelativePath(Repository.Root, file).Replace('\\', '/')
            where !path.Contains("/obj/", StringComparison.Ordinal) && File.ReadAllText(file).Contains(call, StringComparison.Ordinal)
            select path;

        Assert.That(files, Is.SubsetOf((string[])[TheOne]));
    }
}
