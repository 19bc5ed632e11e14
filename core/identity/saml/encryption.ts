import xmlEncryption from 'xml-encryption';
import { providerFailed } from '../providers/failure.ts';
import { notTrusted } from './failure.ts';
import { attribute, children, isElement, within, type XmlElement } from './xml.ts';

const SOUND = ['http://www.w3.org/2009/xmlenc11#aes256-gcm', 'http://www.w3.org/2009/xmlenc11#aes128-gcm'];
const ONLY_SIGNED = ['http://www.w3.org/2001/04/xmlenc#aes256-cbc', 'http://www.w3.org/2001/04/xmlenc#aes128-cbc'];
const KEY_TRANSPORT = ['http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p', 'http://www.w3.org/2009/xmlenc11#rsa-oaep'];

/**
 * The text of an encrypted assertion or name. In CBC, which whoever holds a copy can change and try out on us until it is read, only
 * where the whole message around it was signed. `key`: our private key, PEM. @throws AppError 'provider_failed'.
 */
export async function openedText(
  encrypted: XmlElement,
  key: string | undefined,
  messageIsSigned: boolean,
): Promise<string> {
  if (key === undefined) throw providerFailed('misconfigured', 'DECRYPTION_KEY_MISSING');
  const content = methodsOf(encrypted, 'EncryptedData');
  const transport = methodsOf(encrypted, 'EncryptedKey');
  if (content.length !== 1 || transport.length !== 1) throw notTrusted('ENCRYPTION_SHAPE');
  if (!KEY_TRANSPORT.includes(transport[0]!)) throw notTrusted('ENCRYPTION_ALGORITHM');
  if (!SOUND.includes(content[0]!)) {
    if (!ONLY_SIGNED.includes(content[0]!)) throw notTrusted('ENCRYPTION_ALGORITHM');
    if (!messageIsSigned) throw notTrusted('ENCRYPTION_CBC_IN_UNSIGNED_ANSWER');
  }
  try {
    return await decrypted(encrypted.toString(), key);
  } catch (error) {
    throw notTrusted('ENCRYPTION_UNREADABLE', error);
  }
}

const methodsOf = (root: XmlElement, name: string): string[] =>
  within(root)
    .filter((element) => element.localName === name)
    .map((element) => {
      const [method, second] = children(element, 'encryption', 'EncryptionMethod');
      const known = method && !second && isElement(element, 'encryption', name);
      return (known ? attribute(method, 'Algorithm') : null) ?? '';
    });

function decrypted(xml: string, key: string): Promise<string> {
  // Looked at above, and more narrowly: the library knows algorithms or none, but not where they stand.
  const options = { key, disallowDecryptionWithInsecureAlgorithm: false, warnInsecureAlgorithm: false };
  return new Promise((resolve, reject) => {
    xmlEncryption.decrypt(xml, options, (error, text) => (error ? reject(error) : resolve(text)));
  });
}
