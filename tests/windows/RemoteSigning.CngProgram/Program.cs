using System.Runtime.Versioning;
using System.Security.Cryptography;
using RemoteSigning.CngProgram;

[assembly: SupportedOSPlatform("windows")]

// What .NET programs do with a key storage provider, with nothing but the classes of .NET where it has them.
const string Usage =
    """
    usage: cng-program keys                              the names of the provider's keys
           cng-program describe KEY                      what .NET reads about a key
           cng-program sign DOCUMENT FOLDER KEY...       signs in every scheme; the n-th key's signatures are FOLDER/n-SCHEME-HASH.sig
           cng-program pin DOCUMENT FILE KEY PIN         signs with the PIN given as a property of the key
           cng-program store DOCUMENT FOLDER KEY         signs twice through the certificate in the user's store: FOLDER/1.sig, FOLDER/2.sig
           cng-program cms DOCUMENT FILE KEY             makes a detached CMS signature through that certificate
           cng-program refusals KEY                      asks for what the provider has to refuse
    """;

try
{
    return args switch
    {
        ["keys"] => Say(KeyNames.Read()),
        ["describe", string key] => Say(Description.Of(key)),
        ["sign", string document, string folder, .. string[] keys] => Done(() => Signing.Sign(document, folder, keys)),
        ["pin", string document, string file, string key, string pin] => Done(() => Signing.SignWithPin(document, file, key, pin)),
        ["store", string document, string folder, string key] => Done(() => StoredCertificate.SignTwice(document, folder, key)),
        ["cms", string document, string file, string key] => Done(() => StoredCertificate.SignCms(document, file, key)),
        ["refusals", string key] => Say(Refusals.Of(key)),
        _ => Wrong(),
    };
}
catch (CryptographicException failure)
{
    Console.Error.WriteLine($"0x{failure.HResult:x8} {failure}");
    return 1;
}

static int Say(IEnumerable<string> lines)
{
    foreach (string line in lines)
    {
        Console.WriteLine(line);
    }

    return 0;
}

static int Done(Action act)
{
    act();
    return 0;
}

static int Wrong()
{
    Console.Error.WriteLine(Usage);
    return 2;
}
