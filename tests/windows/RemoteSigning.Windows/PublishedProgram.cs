using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Windows;

/// <summary>Publishes .NET programs for Windows, with the runtime, into the prefix; again only when their sources have changed.</summary>
internal static class PublishedProgram
{
    private static readonly string[] Sources = [".cs", ".csproj", ".props", ".json"];

    /// <param name="project">Folder of the project, from the root of the checkout.</param>
    /// <param name="name">Folder on drive C: that it goes to.</param>
    /// <param name="program">Name of the program without extension.</param>
    /// <returns>The program's file.</returns>
    public static string Publish(WinePrefix prefix, string project, string name, string program)
    {
        string root = Installation.Current.Root;
        string folder = Path.Combine(prefix.DriveC, name);
        string stamp = Path.Combine(folder, "sources.sha256");
        string sources = Digest([.. Projects(Path.Combine(root, project)).Distinct().Order(StringComparer.Ordinal)], root);
        if (!File.Exists(stamp) || File.ReadAllText(stamp) != sources)
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }

            _ = Commands.Run("dotnet",
            [
                "publish", Path.Combine(root, project), "-c", Installation.Current.Configuration, "-r", "win-x64", "--self-contained", "--nologo",
                // Without methods made at run time: under Wine 8 the runtime crashes on a busy machine when it takes such back.
                "-p:NuGetLockFilePath=obj/win-x64.lock.json", "-p:DynamicCodeSupport=false", "-o", folder,
            ]);
            File.WriteAllText(stamp, sources);
        }

        return Path.Combine(folder, program + ".exe");
    }

    /// <summary>The folders of a project and of those that it refers to.</summary>
    private static IEnumerable<string> Projects(string folder)
    {
        var file = XDocument.Load(Directory.EnumerateFiles(folder, "*.csproj").Single());
        IEnumerable<string> references = file.Descendants("ProjectReference")
            .Select(r => Path.GetDirectoryName(Path.GetFullPath(r.Attribute("Include")!.Value, folder))!); // A reference names a file.
        return references.SelectMany(Projects).Prepend(Path.GetFullPath(folder));
    }

    private static string Digest(IReadOnlyList<string> folders, string root)
    {
        IEnumerable<string> files = folders
            .SelectMany(f => Directory.EnumerateFiles(f, "*", SearchOption.AllDirectories))
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal))
            .Concat(Directory.EnumerateFiles(root))
            .Where(f => Sources.Contains(Path.GetExtension(f)))
            .Order(StringComparer.Ordinal);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in files)
        {
            byte[] content = File.ReadAllBytes(file);
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{file} {content.Length}\n")));
            hash.AppendData(content);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
