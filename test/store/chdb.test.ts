import { databaseContract } from '../contract/database.ts';
import { openDatabase } from '../../services/store/databases/index.ts';
import { newFolder, settings } from './world.ts';

databaseContract('chdb', () => openDatabase(settings(), { dataDir: newFolder() }));
